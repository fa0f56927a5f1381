"""What the use cases need from outside, as Protocols; adapters and testing.py meet them.

A VideoStore gives one transaction at a time: what is read under lock there is what is written. Every
call raises videoforge_clients.errors.DatabaseUnavailable when the database is down; the cache never raises.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gallery_service.domain.page import PageRequest, VideoPage
from gallery_service.domain.video import Video


class VideoTransaction(Protocol):
    """Reads and writes that all happen or none do."""

    def find_video(self, video_id: str) -> Video | None:
        """Return the video, from the trash too, locked until the transaction ends."""

    def find_videos(self, video_ids: Sequence[str]) -> dict[str, Video]:
        """Return those that exist by id, locked; in one order, so that two calls for many never deadlock."""

    def find_by_source(self, s3_key: str) -> Video | None:
        """Return the video that was confirmed from this object."""

    def insert_video(self, video: Video) -> bool:
        """Return False, having changed nothing, where the id or the source is known already."""

    def save_video(self, video: Video) -> None:
        """Write what can change, the renditions included, but not `views`, which only ever count up."""

    def save_publication(self, job_id: str, *, video_id: str, at: datetime) -> bool:
        """Remember a job whose renditions are taken. Return False where it was remembered before."""

    def delete_video(self, video_id: str) -> None:
        """Remove the video and all that hangs on it, for good; nothing happens where there is none."""


class VideoStore(Protocol):
    def begin(self) -> AbstractContextManager[VideoTransaction]: ...

    def find_video(self, video_id: str) -> Video | None:
        """Return the video, from the trash too, without a lock."""

    def list_videos(self, request: PageRequest) -> VideoPage: ...

    def add_view(self, video_id: str) -> bool:
        """Count one view. Return False where there is no such video."""

    def ping(self) -> None:
        """Ask the database for an answer, of whatever kind."""


class PageCache(Protocol):
    """Pages of lists, for seconds. Whatever goes wrong with it, it holds nothing."""

    def get_page(self, request: PageRequest, *, load: Callable[[], VideoPage]) -> VideoPage:
        """Return the page kept, or load and keep it."""

    def drop_pages(self, videos: Sequence[Video]) -> None:
        """Forget every page of these videos' owners, and the public ones."""


@dataclass(frozen=True, kw_only=True)
class Ports:
    """All of them, wired once by the process. `clock` returns aware UTC."""

    store: VideoStore
    cache: PageCache
    clock: Callable[[], datetime]
