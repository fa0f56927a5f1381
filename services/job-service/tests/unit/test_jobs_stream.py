"""One watcher's stream of a job's events, over a feed that the test controls."""

import threading
from contextlib import contextmanager

import pytest

from job_service.events.hub import EventHub, Watch
from job_service.events.ports import FeedLost
from job_service.events.stream_job import MAX_SECONDS, PING_SECONDS, JobStream
from job_service.jobs.job_event import JobEvent
from job_service.jobs.job_request import JobRequester, NewJob
from job_service.jobs.requests import cancel_job, create_job
from job_service.testing.jobs import build_memory_stage
from videoforge.problems import Problem

USER = "user-1"


class QuietFeed:
    """A feed that is never open; past events are those that the test sets."""

    def __init__(self):
        self.past = []

    @contextmanager
    def open(self):
        raise FeedLost
        yield

    def list_since(self, job_id, event_id):
        return [event for event in self.past if event.id > event_id]

    def find_last_id(self, job_id):
        return self.past[-1].id if self.past else None


class Clock:
    """A clock that advances by a second at each reading."""

    def __init__(self):
        self.seconds = 0.0

    def __call__(self):
        self.seconds += 1.0
        return self.seconds


@pytest.fixture
def stage():
    return build_memory_stage()


@pytest.fixture
def hub():
    hub = EventHub(QuietFeed(), max_streams=3, max_streams_per_user=2)
    yield hub
    hub.stop()


@pytest.fixture
def job(stage):
    wish = NewJob(video_id=stage.add_source(user_id=USER), output_formats=["720p"])
    return create_job(stage.ports, wish, requester=JobRequester(user_id=USER))


def build_event(job, kind="progress", *, id="1-0", **values):
    return JobEvent(kind=kind, id=id, job={**job.model_dump(mode="json"), **values})


def run(stage, hub, job, *, last_event_id=None, clock=None):
    stream = JobStream(stage.ports, hub, job_id=job.id, user_id=USER, clock=clock or Clock())
    return stream.run(last_event_id=last_event_id)


def feed_watchers(hub, job, events):
    """Hand out events as the hub's thread would once the job is watched."""
    for event in events:
        hub._hand_out(job.id, event)


def test_the_first_event_is_the_current_job(stage, hub, job):
    hub.feed.past = [build_event(job, id="7-0")]
    first = next(run(stage, hub, job))
    assert (first.kind, first.id, first.job["status"]) == ("state", "7-0", "pending")


def test_events_follow_until_the_final_state(stage, hub, job):
    stream = run(stage, hub, job)
    next(stream)
    feed_watchers(
        hub,
        job,
        [
            build_event(job, "state", id="1-0", status="processing"),
            build_event(job, id="2-0", status="processing", progress_percent=40),
            build_event(job, "state", id="3-0", status="completed", progress_percent=100),
            build_event(job, "state", id="4-0", status="completed", progress_percent=100),
        ],
    )
    assert [event.id for event in stream if event] == ["1-0", "2-0", "3-0"]


def test_missed_events_are_sent_first(stage, hub, job):
    hub.feed.past = [
        build_event(job, id=f"{number}-0", status="processing", progress_percent=number)
        for number in range(1, 5)
    ]
    stream = run(stage, hub, job, last_event_id="2-0")
    assert [next(stream).id for _ in range(2)] == ["3-0", "4-0"]


def test_an_event_that_arrives_out_of_order_is_skipped(stage, hub, job):
    stream = run(stage, hub, job)
    next(stream)
    feed_watchers(
        hub,
        job,
        [
            build_event(job, id="2-0", status="processing", progress_percent=40),
            build_event(job, id="1-0", status="processing", progress_percent=30),
            build_event(job, "state", id="3-0", status="pending", attempts=2),
            build_event(job, "state", id="4-0", status="cancelled", attempts=2),
        ],
    )
    assert [event.id for event in stream if event] == ["2-0", "3-0", "4-0"]


def test_the_rows_are_read_while_the_feed_is_lost(stage, hub, job, monkeypatch):
    monkeypatch.setattr(Watch, "get", lambda *_, **__: None)
    stream = run(stage, hub, job)
    next(stream)
    row = stage.tables.jobs[job.id]
    stage.tables.jobs[job.id] = row.cancel(now=row.created_at)
    last = next(event for event in stream if event)
    assert (last.kind, last.id, last.job["status"]) == ("state", None, "cancelled")
    assert list(stream) == []


def test_a_job_that_moves_up_in_the_queue_is_sent_without_an_event(stage, hub, monkeypatch):
    wish = NewJob(video_id=stage.add_source(user_id=USER), output_formats=["720p"])
    first, job = (create_job(stage.ports, wish, requester=JobRequester(user_id=USER)) for _ in range(2))
    hub.is_live = True
    monkeypatch.setattr(hub, "_start", lambda: None)
    monkeypatch.setattr(Watch, "get", lambda *_, **__: None)
    stream = run(stage, hub, job)
    assert next(stream).job["queue_position"] == 1
    cancel_job(stage.ports, first.id, user_id=USER)
    assert next(event for event in stream if event).job["queue_position"] == 0


def test_a_silent_stream_pings_and_ends_after_five_minutes(stage, hub, job, monkeypatch):
    monkeypatch.setattr(Watch, "get", lambda *_, **__: None)
    clock = Clock()
    shown = list(run(stage, hub, job, clock=clock))
    assert shown[0].kind == "state"
    assert set(shown[1:]) == {None}
    assert MAX_SECONDS / PING_SECONDS / 2 <= len(shown) - 1 <= MAX_SECONDS / PING_SECONDS
    assert clock.seconds < MAX_SECONDS + 10


def test_another_users_job_cannot_be_watched(stage, hub, job):
    stream = JobStream(stage.ports, hub, job_id=job.id, user_id="user-2")
    with pytest.raises(Problem, match="job_not_found"):
        next(stream.run(last_event_id=None))


def test_a_slow_watcher_keeps_the_newest_events(job):
    watch = Watch()
    for number in range(100):
        watch.put(build_event(job, id=f"{number}-0"))
    kept = []
    while event := watch.get(seconds=0):
        kept.append(event.id)
    assert kept[-1] == "99-0"
    assert len(kept) == 16


def test_streams_are_limited_per_user_and_in_total(hub):
    with hub.admit("a"), hub.admit("a"):
        with pytest.raises(Problem, match="429 too_many_streams"), hub.admit("a"):
            pass
        with hub.admit("b"), pytest.raises(Problem, match="too_many_streams"), hub.admit("c"):
            pass
    assert hub.stream_count == 0


def test_a_watcher_that_left_is_removed(hub, job):
    with hub.watch(job.id):
        assert job.id in hub._watches
    assert job.id not in hub._watches
    assert threading.active_count() < 50
