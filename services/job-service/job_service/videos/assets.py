"""A video's objects in the store: its source as pinned at confirm, and what can be watched.

Published renditions, audio and images are stored under the prefixes of the jobs that made them; any
other key under videos/output/ is refused to everyone.
"""

import re
from dataclasses import dataclass
from typing import Any, Final

from job_service.platform.object_store import ObjectHead
from videoforge.keys import OUTPUT_PREFIX
from videoforge.messages import FinishedAudio, FinishedRendition


@dataclass(frozen=True, kw_only=True)
class SourceAsset:
    """A source as pinned at confirm; `detail` is the probe's JSON."""

    video_id: str
    user_id: str
    s3_key: str
    head: ObjectHead
    detail: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class VideoOwner:
    user_id: str
    s3_key: str


#: {job_id}/{attempt}/[{format}/]{file}: the layout of keys.py, and nothing that could escape it
_PATH = re.compile(
    r"(?P<job_id>[0-9a-f-]{36})/[0-9]{1,9}/(?:[A-Za-z0-9_-]{1,32}/)?[A-Za-z0-9_-]{1,64}\.(?P<suffix>[a-z0-9]{2,4})"
)

_SEGMENT_END = re.compile(r"/[A-Za-z0-9]{1,32}/(?:init\.mp4|[0-9]{5,7}\.m4s)\Z")

CONTENT_TYPES: Final = {
    "m3u8": "application/vnd.apple.mpegurl",
    "vtt": "text/vtt; charset=utf-8",
    "m4s": "video/iso.segment",
    "mp4": "video/mp4",
    "jpg": "image/jpeg",
}
#: Small texts that we serve ourselves; everything else is redirected to the store.
TEXT_SUFFIXES: Final = frozenset({"m3u8", "vtt"})


@dataclass(frozen=True, kw_only=True)
class PublishedMedia:
    """The current assets of one video. `is_deleted` while it is in the trash or being removed. Of
    the running jobs `early_job_ids` only segments can be watched."""

    video_id: str
    renditions: tuple[FinishedRendition, ...] = ()
    audio: FinishedAudio | None = None
    thumbnail_key: str | None = None
    storyboard_key: str | None = None
    job_ids: frozenset[str] = frozenset()
    early_job_ids: frozenset[str] = frozenset()
    is_deleted: bool = False

    @property
    def is_watchable(self) -> bool:
        return bool(self.renditions) and not self.is_deleted

    @property
    def duration_seconds(self) -> float:
        return max((item.duration_seconds for item in self.renditions), default=0.0)

    def find_rendition(self, format_: str) -> FinishedRendition | None:
        return next((item for item in self.renditions if item.format == format_), None)

    def find_object(self, path: str) -> tuple[str, str] | None:
        """Return the key and the suffix for a path below a playback token, or None if nothing
        published is there."""
        match = _PATH.fullmatch(path)
        if match is None or match["suffix"] not in CONTENT_TYPES:
            return None
        is_early = match["job_id"] in self.early_job_ids and bool(_SEGMENT_END.search(path))
        if not is_early and match["job_id"] not in self.job_ids:
            return None
        return OUTPUT_PREFIX + path, match["suffix"]


def build_media_path(key: str) -> str:
    """Return the path below a playback token of an object written by a job. ValueError for other
    keys."""
    if not key.startswith(OUTPUT_PREFIX):
        raise ValueError(f"{key!r} was not written by a job")
    return key.removeprefix(OUTPUT_PREFIX)
