"""The contract of ports.PageCache over the fake and Redis, and what Redis' own failures do."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from gallery_service.adapters.redis_page_cache import TIMEOUT_SECONDS, RedisPageCache
from gallery_service.domain.page import PageRequest, VideoFilter, VideoPage
from gallery_service.testing import MemoryPageCache, build_rendition, build_video
from videoforge_clients.quiet_redis import OPEN_SECONDS, QuietRedis, build_redis

pytestmark = pytest.mark.integration

PUBLIC = PageRequest()
ANNAS = PageRequest(filter=VideoFilter(owner_id="anna"))
BERTS = PageRequest(filter=VideoFilter(owner_id="bert"))


@pytest.fixture
def redis(redis_server: Any) -> Iterator[Any]:
    client = build_redis(redis_server.host, port=redis_server.port, timeout_seconds=TIMEOUT_SECONDS)
    client.flushdb()
    yield client
    client.close()


@pytest.fixture(params=["memory", "redis"])
def cache(request: pytest.FixtureRequest) -> Any:
    if request.param == "memory":
        return MemoryPageCache()
    return RedisPageCache(QuietRedis(request.getfixturevalue("redis")), page_seconds=30)


class Loader:
    """Counts how often a page is loaded."""

    def __init__(self) -> None:
        self.page = VideoPage(items=(build_video(renditions=(build_rendition(),)),), next_cursor="next")
        self.reads = 0

    def load(self) -> VideoPage:
        self.reads += 1
        return self.page


def test_a_miss_is_logged_and_a_hit_is_not(redis: Any) -> None:
    cache = RedisPageCache(QuietRedis(redis), page_seconds=30)
    with capture_logs() as lines:
        for _ in range(2):
            cache.get_page(PUBLIC, load=Loader().load)
    assert [(line["category"], line["event"], line["log_level"]) for line in lines] == [
        ("CACHE", "cache miss", "debug")
    ]


def test_a_page_is_loaded_once_and_comes_back_equal(cache: Any) -> None:
    loader = Loader()
    assert [cache.get_page(PUBLIC, load=loader.load) for _ in range(3)] == [loader.page] * 3
    assert loader.reads == 1


def test_pages_of_different_requests_are_separate(cache: Any) -> None:
    for request in (PUBLIC, ANNAS, PageRequest(sort="title"), PageRequest(limit=5)):
        loader = Loader()
        assert cache.get_page(request, load=loader.load) == loader.page


def test_a_change_drops_only_the_owners_pages_and_the_public_ones(cache: Any) -> None:
    shelves = {request: Loader() for request in (PUBLIC, ANNAS, BERTS)}
    for request, loader in shelves.items():
        cache.get_page(request, load=loader.load)
    cache.drop_pages([build_video(user_id="anna")])
    for request, loader in shelves.items():
        cache.get_page(request, load=loader.load)
    assert [loader.reads for loader in shelves.values()] == [2, 2, 1]


def test_a_page_read_before_a_change_is_not_served_after_it(redis: Any) -> None:
    cache, loader = RedisPageCache(QuietRedis(redis), page_seconds=30), Loader()

    def load_slowly() -> VideoPage:
        page = loader.load()
        cache.drop_pages([build_video()])
        return page

    cache.get_page(PUBLIC, load=load_slowly)
    cache.get_page(PUBLIC, load=loader.load)
    assert loader.reads == 2


def test_a_page_expires(redis: Any) -> None:
    cache, loader = RedisPageCache(QuietRedis(redis), page_seconds=7), Loader()
    cache.get_page(PUBLIC, load=loader.load)
    [key] = redis.keys("gallery:page:*")
    assert 0 < redis.ttl(key) <= 7
    redis.delete(key)
    cache.get_page(PUBLIC, load=loader.load)
    assert loader.reads == 2


def test_a_page_that_another_version_wrote_is_loaded_again(redis: Any) -> None:
    cache, loader = RedisPageCache(QuietRedis(redis), page_seconds=30), Loader()
    cache.get_page(PUBLIC, load=loader.load)
    [key] = redis.keys("gallery:page:*")
    redis.set(key, '{"items": [{"surprise": 1}], "next_cursor": null}')
    assert cache.get_page(PUBLIC, load=loader.load) == loader.page


def test_zero_seconds_cache_nothing(redis: Any) -> None:
    cache, loader = RedisPageCache(QuietRedis(redis), page_seconds=0), Loader()
    for _ in range(2):
        cache.get_page(PUBLIC, load=loader.load)
    assert loader.reads == 2


def test_a_redis_that_dies_is_not_called_for_a_while_and_then_used_again(redis_process: Any) -> None:
    now = [1000.0]
    client = build_redis(
        "127.0.0.1", port=redis_process.spec.ports[0].number, timeout_seconds=TIMEOUT_SECONDS
    )
    cache, loader = RedisPageCache(QuietRedis(client, clock=lambda: now[0]), page_seconds=30), Loader()
    cache.get_page(PUBLIC, load=loader.load)
    redis_process.kill()
    began = time.monotonic()
    for _ in range(50):
        assert cache.get_page(PUBLIC, load=loader.load) == loader.page
        cache.drop_pages([build_video()])
    assert time.monotonic() - began < 2
    assert loader.reads == 51
    redis_process.start()
    now[0] += OPEN_SECONDS + 1
    for _ in range(2):
        cache.get_page(PUBLIC, load=loader.load)
    assert loader.reads == 52
    client.close()
