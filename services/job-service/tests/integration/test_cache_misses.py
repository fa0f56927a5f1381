"""A cache miss is logged at DEBUG and a hit is not; no line contains a secret."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from redis import Redis
from structlog.testing import capture_logs

from job_service.auth.ports import SignInStatus
from job_service.auth.stores.redis_cache import RedisAuthCache
from job_service.jobs.progress import LiveProgress
from job_service.jobs.stores.redis_progress import RedisProgressStore
from job_service.videos.media_cache import RedisMediaCache
from tests.servers.databases import RedisServer
from videoforge_clients.quiet_redis import QuietRedis, build_redis

pytestmark = pytest.mark.integration


@pytest.fixture
def redis(redis_server: RedisServer) -> Iterator[Redis]:
    client = build_redis(redis_server.host, port=redis_server.port)
    client.flushdb()
    yield client
    client.close()


def read_text(redis: Redis) -> Any:
    return RedisMediaCache(QuietRedis(redis)).find_text("videos/output/1/1/720p/index.m3u8")


def keep_text(redis: Redis) -> None:
    RedisMediaCache(QuietRedis(redis)).keep_text("videos/output/1/1/720p/index.m3u8", "#EXTM3U")


def read_status(redis: Redis) -> Any:
    return RedisAuthCache(QuietRedis(redis)).find_status(user_id="ann", sign_in_id="1")


def keep_status(redis: Redis) -> None:
    status = SignInStatus(signed_out_at=None, is_revoked=False)
    RedisAuthCache(QuietRedis(redis)).keep_status(status, user_id="ann", sign_in_id="1")


def read_progress(redis: Redis) -> Any:
    return RedisProgressStore(QuietRedis(redis)).find("job-1")


def keep_progress(redis: Redis) -> None:
    RedisProgressStore(QuietRedis(redis)).save("job-1", LiveProgress(attempts=1))


@pytest.mark.parametrize(
    ("read", "keep"), [(read_text, keep_text), (read_status, keep_status), (read_progress, keep_progress)]
)
def test_a_miss_is_logged_and_a_hit_is_not(
    redis: Redis, read: Callable[[Redis], Any], keep: Callable[[Redis], None]
) -> None:
    with capture_logs() as lines:
        assert read(redis) is None
        keep(redis)
        assert read(redis) is not None
    assert [(line["category"], line["event"], line["log_level"]) for line in lines] == [
        ("CACHE", "cache miss", "debug")
    ]


def test_the_log_of_a_missed_session_does_not_name_it(redis: Redis) -> None:
    with capture_logs() as lines:
        assert RedisAuthCache(QuietRedis(redis)).find_session("canary-hash") is None
    assert len(lines) == 1
    assert "canary" not in str(lines)
