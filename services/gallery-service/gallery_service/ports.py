"""What the use cases need from outside, as Protocols; adapters and the fakes of testing.py implement them.

Every call of the store raises videoforge_clients.errors.DatabaseUnavailable when the database is
down; the cache never raises.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gallery_service.domain.page import PageRequest, VideoPage
from gallery_service.domain.video import Video


class VideoTransaction(Protocol):
    """Reads and writes of which all happen or none."""

    def find_video(self, video_id: str) -> Video | None:
        """Return the video, from the trash too, locked until the transaction ends."""

    def find_videos(self, video_ids: Sequence[str]) -> dict[str, Video]:
        """Return the existing ones by id, locked in one order, so that two such calls never deadlock."""

    def find_by_source(self, s3_key: str) -> Video | None:
        """Return the video that was confirmed from this object."""

    def insert_video(self, video: Video) -> bool:
        """Return False, and change nothing, if the id or the source exists already."""

    def save_video(self, video: Video) -> None:
        """Write what can change, renditions included, except `views`: add_view counts them."""

    def save_publication(self, job_id: str, *, video_id: str, at: datetime) -> bool:
        """Record that the job's renditions were taken. Return False if that is recorded already."""

    def delete_video(self, video_id: str) -> None:
        """Remove the video and everything that belongs to it, for good; does nothing if there is none."""


class VideoStore(Protocol):
    def begin(self) -> AbstractContextManager[VideoTransaction]: ...

    def find_video(self, video_id: str) -> Video | None:
        """Return the video, from the trash too, without a lock."""

    def list_videos(self, request: PageRequest) -> VideoPage: ...

    def add_view(self, video_id: str) -> bool:
        """Count one view. Return False if there is no such video."""


class PageCache(Protocol):
    """Pages of lists, kept for seconds. When anything goes wrong, it behaves like an empty cache."""

    def get_page(self, request: PageRequest, *, load: Callable[[], VideoPage]) -> VideoPage:
        """Return the cached page, or load and cache it."""

    def drop_pages(self, videos: Sequence[Video]) -> None:
        """Drop every page of these videos' owners, and the public pages."""


@dataclass(frozen=True, kw_only=True)
class Ports:
    """All ports, wired once per process. `clock` returns aware UTC."""

    store: VideoStore
    cache: PageCache
    clock: Callable[[], datetime]
