"""Pages of lists in Redis, for seconds; a change of the generation in their keys drops them.

    gallery:generation:public, gallery:generation:owner:{user_id}    text, a counter: +1 at each change
    gallery:page:{scope}:{generation}:{digest of the request}        text, JSON of a VideoPage, with expiry

A page that was read before a change and written after it lands under the old generation, which is
no longer read. Redis may be slow, full or down: then pages come from the database.
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import Final

from pydantic import TypeAdapter, ValidationError
from redis import Redis

from gallery_service.domain.page import PageRequest, VideoPage
from gallery_service.domain.video import Video
from videoforge.logs import get_logger
from videoforge_clients.quiet_redis import QuietRedis

_log = get_logger("CACHE")
_PAGE: Final = TypeAdapter(VideoPage)
_REQUEST: Final = TypeAdapter(PageRequest)

#: A cache that is slower than a query is useless.
TIMEOUT_SECONDS: Final = 0.25
#: A counter outlives every page written under it, and expires for idle owners.
_GENERATION_SECONDS: Final = 24 * 3600


class RedisPageCache:
    """See ports.PageCache; safe for threads. With `page_seconds` 0 nothing is cached."""

    def __init__(self, redis: QuietRedis, *, page_seconds: int) -> None:
        self._redis = redis
        self._page_seconds = page_seconds

    def get_page(self, request: PageRequest, *, load: Callable[[], VideoPage]) -> VideoPage:
        if not self._page_seconds:
            return load()
        key = self._redis.ask(lambda redis: _build_key(redis, request))
        kept = self._redis.ask(lambda redis: redis.get(key)) if key else None
        if kept:
            try:
                return _PAGE.validate_json(str(kept))
            except ValidationError:
                _log.warning("a cached page could not be read", key=key)  # written by another version
        _log.debug("cache miss", key=key)
        page = load()
        if key:
            self._redis.ask(lambda redis: redis.set(key, _PAGE.dump_json(page), ex=self._page_seconds))
        return page

    def drop_pages(self, videos: Sequence[Video]) -> None:
        if videos and self._page_seconds:
            owner_ids = {video.user_id for video in videos}
            self._redis.ask(lambda redis: _raise_generations(redis, owner_ids))


def _raise_generations(redis: Redis, owner_ids: set[str]) -> None:
    with redis.pipeline(transaction=False) as pipeline:
        for scope in ["public", *(f"owner:{owner_id}" for owner_id in sorted(owner_ids))]:
            pipeline.incr(f"gallery:generation:{scope}")
            pipeline.expire(f"gallery:generation:{scope}", _GENERATION_SECONDS)
        pipeline.execute()


def _build_key(redis: Redis, request: PageRequest) -> str:
    owner_id = request.filter.owner_id
    scope = "public" if owner_id is None else f"owner:{owner_id}"
    generation = str(redis.get(f"gallery:generation:{scope}") or "0")
    digest = hashlib.blake2b(_REQUEST.dump_json(request), digest_size=16).hexdigest()
    return f"gallery:page:{scope}:{generation}:{digest}"
