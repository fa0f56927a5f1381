"""What playback caches in Redis. Strings, all with an expiry:

media:text:{key}                a stored playlist or VTT, 1 h: outputs are never overwritten
media:published:{video_id}      PublishedMedia as JSON, 10 s: how late a change may show
media:view:{video_id}:{viewer}  set while the viewer's last counted view is less than an hour old
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from job_service.videos.assets import PublishedMedia
from videoforge.logs import get_logger
from videoforge.messages import FinishedAudio, FinishedRendition
from videoforge_clients.quiet_redis import QuietRedis

_TEXT_SECONDS: Final = 3600
_PUBLISHED_SECONDS: Final = 10
_VIEW_SECONDS: Final = 3600

_log = get_logger("CACHE")


class RedisMediaCache:
    """Caches playlists for an hour, published sets for seconds and views for an hour. It may be
    lost without harm, so no call raises."""

    def __init__(self, redis: QuietRedis) -> None:
        self._redis = redis

    def find_text(self, key: str) -> str | None:
        return self._get(f"media:text:{key}")

    def keep_text(self, key: str, text: str) -> None:
        self._set(f"media:text:{key}", text, seconds=_TEXT_SECONDS)

    def find_published(self, video_id: str) -> PublishedMedia | None:
        text = self._get(f"media:published:{video_id}")
        return _parse(json.loads(text)) if text else None

    def keep_published(self, published: PublishedMedia) -> None:
        self._set(f"media:published:{published.video_id}", _render(published), seconds=_PUBLISHED_SECONDS)

    def forget_published(self, video_ids: Sequence[str]) -> None:
        names = [f"media:published:{video_id}" for video_id in video_ids]
        self._redis.ask(lambda redis: redis.delete(*names))

    def note_view(self, video_id: str, *, viewer: str) -> bool:
        """Return whether this is the viewer's first view within the hour; False if Redis does not
        answer."""
        name = f"media:view:{video_id}:{viewer}"
        return bool(self._redis.ask(lambda redis: redis.set(name, "1", nx=True, ex=_VIEW_SECONDS)))

    def _get(self, name: str) -> str | None:
        value = self._redis.ask(lambda redis: redis.get(name))
        if value is None:
            _log.debug("cache miss", key=name)
            return None
        return str(value)

    def _set(self, name: str, value: str, *, seconds: int) -> None:
        self._redis.ask(lambda redis: redis.set(name, value, ex=seconds))


def _render(published: PublishedMedia) -> str:
    fields = {
        **asdict(published),
        "renditions": [item.model_dump() for item in published.renditions],
        "audio": published.audio.model_dump() if published.audio else None,
        "job_ids": sorted(published.job_ids),
        "early_job_ids": sorted(published.early_job_ids),
    }
    return json.dumps(fields)


def _parse(fields: dict[str, Any]) -> PublishedMedia:
    audio = fields.pop("audio")
    return PublishedMedia(
        renditions=tuple(FinishedRendition(**item) for item in fields.pop("renditions")),
        audio=FinishedAudio(**audio) if audio else None,
        job_ids=frozenset(fields.pop("job_ids")),
        early_job_ids=frozenset(fields.pop("early_job_ids", [])),
        **fields,
    )
