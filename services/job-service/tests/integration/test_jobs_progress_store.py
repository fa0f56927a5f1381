"""Live progress and announcements: the same tests for memory and Redis, and the effect of losing
Redis."""

import time
import uuid
from dataclasses import replace

import pytest

from job_service.events.ports import FeedLost
from job_service.events.redis_feed import RedisJobFeed
from job_service.jobs.progress import LiveProgress, TaskProgress
from job_service.jobs.stores.redis_progress import (
    MAX_EVENTS,
    RedisProgressStore,
    build_live_key,
    build_tasks_key,
)
from job_service.testing.job_publishers import MemoryProgressStore
from videoforge_clients.quiet_redis import QuietRedis, build_redis

LIVE = LiveProgress(
    attempts=2,
    speed=2.0,
    eta_seconds=9.3,
    eta_range_seconds=[8.4, 10.2],
    processors=2,
)
TASK = TaskProgress(percent=40.0, speed=2.0, renditions={"720p": 40.0})


@pytest.fixture
def job_id():
    return str(uuid.uuid4())


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.integration)])
def store(request):
    if request.param == "memory":
        yield MemoryProgressStore()
        return
    client = build_redis("127.0.0.1", port=request.getfixturevalue("redis_server").port)
    yield RedisProgressStore(QuietRedis(client))
    client.close()


@pytest.fixture
def redis(redis_server):
    client = build_redis(redis_server.host, port=redis_server.port)
    yield client
    client.close()


def test_saved_progress_is_found_until_it_is_forgotten(store, job_id):
    assert store.find(job_id) is None
    store.save(job_id, LIVE)
    assert store.find(job_id) == LIVE
    store.note_task(job_id, "task", TASK)
    store.forget(job_id)
    assert store.find(job_id) is None
    assert store.list_tasks(job_id) == {}


def test_the_reports_of_two_tasks_do_not_replace_each_other(store, job_id):
    store.note_task(job_id, "one", TASK)
    store.note_task(job_id, "two", TaskProgress(percent=1.0))
    store.note_task(job_id, "one", replace(TASK, percent=41.0))
    assert store.list_tasks(job_id) == {"one": replace(TASK, percent=41.0), "two": TaskProgress(percent=1.0)}
    assert store.list_tasks("another") == {}


@pytest.mark.integration
def test_progress_of_another_version_is_ignored(redis, job_id):
    redis.set(build_live_key(job_id), '{"percent": 3}')
    assert RedisProgressStore(QuietRedis(redis)).find(job_id) is None
    redis.set(build_live_key(job_id), "no json")
    assert RedisProgressStore(QuietRedis(redis)).find(job_id) is None
    redis.hset(build_tasks_key(job_id), "task", '{"percent": 3, "mood": "good"}')
    assert RedisProgressStore(QuietRedis(redis)).list_tasks(job_id) == {}
    redis.set(build_live_key(job_id), '{"attempts": 1, "tasks": {"task": {"speed": 2}}}')
    assert RedisProgressStore(QuietRedis(redis)).find(job_id) == LiveProgress(attempts=1)


@pytest.mark.integration
def test_announcements_reach_the_feed_and_can_be_read_again(redis, job_id):
    store, feed = RedisProgressStore(QuietRedis(redis)), RedisJobFeed(redis, history=QuietRedis(redis))
    with feed.open() as events:
        assert next(events) is None  # subscribed
        store.announce(job_id, "state", job={"status": "pending"})
        store.announce(job_id, "progress", job={"status": "processing"})
        received = [item for item in (next(events) for _ in range(2)) if item]
    assert [(name, event.kind, event.job) for name, event in received] == [
        (job_id, "state", {"status": "pending"}),
        (job_id, "progress", {"status": "processing"}),
    ]
    first, second = (event for _, event in received)
    assert feed.list_since(job_id, first.id) == [second]
    assert feed.find_last_id(job_id) == second.id
    assert feed.list_since(job_id, second.id) == []


@pytest.mark.integration
@pytest.mark.parametrize("event_id", ["", "abc", "1-0) COUNT 1", "9" * 30 + "-0", "-1-0"])
def test_an_unknown_event_id_finds_nothing(redis, job_id, event_id):
    RedisProgressStore(QuietRedis(redis)).announce(job_id, "state", job={"status": "pending"})
    assert RedisJobFeed(redis, history=QuietRedis(redis)).list_since(job_id, event_id) == []


@pytest.mark.integration
def test_only_the_last_events_are_kept(redis, job_id):
    store = RedisProgressStore(QuietRedis(redis))
    for number in range(MAX_EVENTS * 2):
        store.announce(job_id, "progress", job={"n": number})
    kept = RedisJobFeed(redis, history=QuietRedis(redis)).list_since(job_id, "0-0")
    assert MAX_EVENTS <= len(kept) < MAX_EVENTS * 2
    assert kept[-1].job == {"n": MAX_EVENTS * 2 - 1}


@pytest.mark.integration
def test_a_lost_redis_raises_only_in_the_feed(redis_process, job_id):
    client = build_redis("127.0.0.1", port=redis_process.spec.ports[0].number)
    store, feed = RedisProgressStore(QuietRedis(client)), RedisJobFeed(client, history=QuietRedis(client))
    store.save(job_id, LIVE)
    redis_process.kill()
    assert store.find(job_id) is None
    store.save(job_id, LIVE)
    store.announce(job_id, "state", job={})
    store.forget(job_id)
    assert feed.list_since(job_id, "0-0") == []
    assert feed.find_last_id(job_id) is None
    with pytest.raises(FeedLost), feed.open() as events:
        next(events)
    redis_process.start()
    ends_at = time.monotonic() + 10
    while store.find(job_id) is None and time.monotonic() < ends_at:
        time.sleep(0.2)
        store.save(job_id, LIVE)
    assert store.find(job_id) == LIVE
    client.close()
