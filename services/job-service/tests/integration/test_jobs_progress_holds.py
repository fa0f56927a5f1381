"""The shown progress of a job never falls: with Redis flushed and killed, retried tasks, and two
processors.

Each test checks everything that a watcher may see, in order: the announced events, and the answers
of GET in between.
"""

import random
import threading
from dataclasses import replace

import pytest

from job_service.jobs.job_event import JobEvent
from job_service.jobs.job_request import JobRequester, NewJob
from job_service.jobs.requests import create_job
from job_service.jobs.stores.redis_progress import RedisProgressStore
from job_service.jobs.views import get_job
from job_service.sweeps.reap_leases import reap_leases
from job_service.tasks.complete_task import complete_task
from job_service.tasks.fail_task import fail_task
from job_service.tasks.reports import report_progress
from job_service.testing.postgres_jobs import build_postgres_stage
from job_service.testing.processor import FakeProcessor, build_completion, build_result
from videoforge.messages import TASK_PHASES, ProgressReport, RenditionProgress, TaskError, TaskFailure
from videoforge_clients.quiet_redis import QuietRedis, build_redis

pytestmark = pytest.mark.integration

USER = "user-1"
PHASES = ["queued", "preparing", "encoding", "packaging", "completed"]
STOPPED = TaskError(code="interrupted", message="The processor was stopped.", retryable=True)


class Watcher:
    """Reads what is shown of one job, and fails if any of it falls. An event that the stream would
    skip as out of order is skipped here too."""

    def __init__(self):
        self.percent, self.phase, self.renditions, self.seen = 0.0, 0, {}, 0
        self._last = None
        self._lock = threading.Lock()

    def check(self, kind, body):
        event = JobEvent(kind=kind, job=body)
        with self._lock:
            if self._last is None or event.reached >= self._last.reached:
                self._last = event
                self._look(body)

    def look(self, view):
        with self._lock:
            self._look(view.model_dump(mode="json"))

    def _look(self, body):
        assert body["progress_percent"] >= self.percent
        assert PHASES.index(body["phase"]) >= self.phase
        for item in body["renditions"]:
            assert item["progress_percent"] >= self.renditions.get(item["format"], 0.0), item
            self.renditions[item["format"]] = item["progress_percent"]
        self.percent, self.phase = body["progress_percent"], PHASES.index(body["phase"])
        self.seen += 1


class WatchedBoard(RedisProgressStore):
    def __init__(self, redis, watcher):
        super().__init__(redis)
        self._watcher = watcher

    def announce(self, job_id, event, *, job):
        super().announce(job_id, event, job=job)
        self._watcher.check(event, job)


@pytest.fixture
def watcher():
    return Watcher()


@pytest.fixture
def redis(redis_process):
    client = build_redis("127.0.0.1", port=redis_process.spec.ports[0].number)
    yield client
    client.close()


@pytest.fixture
def stage(postgres_server, jobs_database, redis, watcher):
    stage = build_postgres_stage(postgres_server.build_url(jobs_database))
    yield replace(stage, ports=replace(stage.ports, progress=WatchedBoard(QuietRedis(redis), watcher)))
    stage.database.engine.dispose()


@pytest.fixture
def job(stage):
    """A prepared job with two chunks."""
    wish = NewJob(video_id=stage.add_source(user_id=USER), output_formats=["720p", "480p"])
    job = create_job(stage.ports, wish, requester=JobRequester(user_id=USER))
    grant = FakeProcessor(stage.ports).claim_next(job.id)
    completion = build_completion(grant).model_copy(update={"result": build_result(grant, chunks=2)})
    complete_task(stage.ports, grant.task_id, completion)
    return job


def see(stage, job):
    return get_job(stage.ports, job.id, user_id=USER)


def report(stage, grant, percent, *, chance=None):
    formats = [
        RenditionProgress(
            format=name, progress_percent=min(100, max(0, percent + (chance.uniform(-5, 5) if chance else 0)))
        )
        for name in ("720p", "480p")
    ]
    report_progress(
        stage.ports,
        grant.task_id,
        ProgressReport(
            attempt=grant.attempt,
            lease_token=grant.lease_token,
            phase=TASK_PHASES[grant.input.kind],
            percent=percent,
            speed=1.0,
            renditions=formats if grant.input.kind == "encode" else [],
        ),
    )


def test_progress_does_not_fall_when_redis_is_killed_and_comes_back_empty(stage, job, watcher, redis_process):
    grant = FakeProcessor(stage.ports).claim_next_of(job.id, 0)
    report(stage, grant, 24)
    watcher.look(before := see(stage, job))
    redis_process.kill()
    watcher.look(see(stage, job))
    redis_process.start()
    watcher.look(after := see(stage, job))
    assert (after.progress_percent, after.renditions) == (before.progress_percent, before.renditions)
    report(stage, grant, 25)
    watcher.look(see(stage, job))
    assert watcher.percent == pytest.approx(5 + 82 * 0.125, abs=0.01)


def test_a_restarted_stack_continues_from_the_shown_progress(stage, job, watcher, redis):
    grant = FakeProcessor(stage.ports).claim_next_of(job.id, 0)
    report(stage, grant, 26)
    watcher.look(see(stage, job))
    failure = TaskFailure(
        attempt=grant.attempt, lease_token=grant.lease_token, kind="interruption", error=STOPPED
    )
    fail_task(stage.ports, grant.task_id, failure)
    redis.flushall()
    watcher.look(see(stage, job))
    again = FakeProcessor(stage.ports).claim_next_of(job.id, 0)
    for percent in (0, 13, 25, 40):
        report(stage, again, percent)
        watcher.look(see(stage, job))
    assert watcher.percent == pytest.approx(5 + 82 * 0.2)


@pytest.mark.parametrize("seed", [1, 2])
def test_progress_never_falls_whatever_happens_to_two_processors_and_redis(stage, job, watcher, redis, seed):
    """Two processors, each in a thread, report, crash, start over and finish, while the cache is
    flushed now and then and a third thread keeps reading the job."""
    over = threading.Event()
    faults = []

    def run(chunk):
        chance = random.Random(f"{seed} {chunk}")
        for last in (chance.uniform(10, 90), chance.uniform(10, 90), 100):
            grant = FakeProcessor(stage.ports).claim_next_of(job.id, chunk)
            percent = 0.0
            while percent < last:
                report(stage, grant, percent, chance=chance)
                percent += chance.uniform(5, 20)
                if chance.random() < 0.2:
                    redis.flushall()
            if last == 100:
                FakeProcessor(stage.ports).complete(grant)
                return
            failure = TaskFailure(
                attempt=grant.attempt, lease_token=grant.lease_token, kind="interruption", error=STOPPED
            )
            fail_task(stage.ports, grant.task_id, failure)

    def guard(work):
        try:
            work()
        except BaseException as error:
            faults.append(error)

    def ask():
        asking = Watcher()
        while not over.is_set():
            told_percent = watcher.percent
            asking.look(view := see(stage, job))
            assert view.progress_percent >= told_percent, "what was announced is what the rows carry"

    processors = [threading.Thread(target=guard, args=[lambda chunk=chunk: run(chunk)]) for chunk in (0, 1)]
    asker = threading.Thread(target=guard, args=[ask])
    for thread in (*processors, asker):
        thread.start()
    for thread in processors:
        thread.join()
    over.set()
    asker.join()
    assert not faults, faults
    FakeProcessor(stage.ports).run_next(job.id)  # the sound
    watcher.look(see(stage, job))
    assemble = FakeProcessor(stage.ports).claim_next(job.id)
    for percent in (0, 50):
        report(stage, assemble, percent)
    FakeProcessor(stage.ports).complete(assemble)
    watcher.look(done := see(stage, job))
    assert (done.status, done.progress_percent) == ("completed", 100)
    assert watcher.seen > 20


def test_a_crash_does_not_lower_progress(stage, job, watcher):
    grant = FakeProcessor(stage.ports).claim_next_of(job.id, 0)
    report(stage, grant, 80)
    stage.wait(200)
    assert reap_leases(stage.ports, grace_seconds=15, lease_seconds=90) == 1
    stage.wait(10)
    again = FakeProcessor(stage.ports).claim_next_of(job.id, 0)
    report(stage, again, 1)
    watcher.look(see(stage, job))
    assert watcher.percent == pytest.approx(5 + 82 * 0.4)
