"""Videos on job-service's side: what lies in the store for them, how they are inspected and watched."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from job_service.deletions.ports import DeletionStore
from job_service.jobs.ports import Outbox
from job_service.platform.object_store import ObjectHead, ObjectStore
from job_service.platform.ports import Database, Transaction
from job_service.uploads.ports import StoragePorts
from job_service.videos.gallery import Gallery
from job_service.videos.media_token import MediaTokens
from job_service.videos.published import PublishedMedia
from videoforge.messages import TaskResult
from videoforge_media.probe import Probe


class ThumbnailMissing(Exception):
    """No picture could be taken; the video may be a good one all the same."""


class MediaInspector(Protocol):
    """ffprobe and ffmpeg on local files, caged."""

    def probe(self, path: Path, *, is_whole: bool) -> Probe:
        """Raises videoforge_media.errors.MediaRejected. A file that is not whole has a hole in its middle."""

    def take_thumbnail(self, path: Path, probe: Probe, *, target: Path, is_whole: bool) -> None:
        """Write one JPEG. Raises ThumbnailMissing. Of a part of a file one of its first seconds is taken."""


class Scratch(Protocol):
    """Folders for files that are inspected; each is removed with all that is in it when its block ends."""

    def open(self, *, needed_bytes: int) -> AbstractContextManager[Path]:
        """Raises Problem 503 `scratch_unavailable` where the disk has no room."""


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


class MediaAssets(Protocol):
    """The table `media_assets`, as far as confirming, watching and deleting go."""

    def save_source(self, transaction: Transaction, source: SourceAsset) -> None:
        """Insert; nothing happens where the video has its source already."""

    def save_poster(
        self, transaction: Transaction, *, video_id: str, user_id: str, s3_key: str, size_bytes: int
    ) -> None:
        """Insert or replace."""

    def find_owner(
        self, transaction: Transaction, video_id: str, *, for_update: bool = False
    ) -> VideoOwner | None:
        """Return whose video it is. With the lock no job can be added to it until the transaction ends."""

    def find_source_detail(self, transaction: Transaction, s3_key: str) -> dict[str, Any] | None: ...

    def find_published(self, transaction: Transaction, video_id: str) -> PublishedMedia:
        """Return the current assets; none for a video that is not known."""

    def list_large_keys(self, transaction: Transaction, video_id: str) -> list[str]:
        """Return the keys of the source and the MP4s."""

    def list_job_ids(self, transaction: Transaction, video_id: str) -> list[str]:
        """Return the ids of all jobs that the video ever had."""

    def list_results(self, transaction: Transaction, job_id: str) -> list[TaskResult]:
        """Return what the tasks of the job's last try ended with; nothing for a job that is gone."""

    def delete_video(self, transaction: Transaction, video_id: str) -> None:
        """Delete the rows of the video: its assets, jobs with their tasks, and its upload."""


class MediaCache(Protocol):
    """Playlists for an hour, published sets for seconds, views for an hour. Losing it loses nothing: no call
    raises."""

    def find_text(self, key: str) -> str | None: ...

    def keep_text(self, key: str, text: str) -> None: ...

    def find_published(self, video_id: str) -> PublishedMedia | None: ...

    def keep_published(self, published: PublishedMedia) -> None: ...

    def forget_published(self, video_ids: Sequence[str]) -> None: ...

    def note_view(self, video_id: str, *, viewer: str) -> bool:
        """Return whether this is the viewer's first view within the hour; False where nobody knows."""


class JobStopper(Protocol):
    """What deleting a video does to its jobs."""

    def cancel_jobs(self, transaction: Transaction, video_id: str) -> list[str]:
        """Cancel what is unfinished and return the ids."""

    def announce_jobs(self, job_ids: Sequence[str]) -> None:
        """Tell whoever watches them; after the commit."""


@dataclass(frozen=True, kw_only=True)
class VideoPorts:
    """All that confirming, watching and deleting videos need. `clock` returns aware UTC; `public_url` has no
    slash at its end."""

    database: Database
    storage: StoragePorts
    store: ObjectStore
    gallery: Gallery
    assets: MediaAssets
    deletions: DeletionStore
    outbox: Outbox
    inspector: MediaInspector
    scratch: Scratch
    cache: MediaCache
    jobs: JobStopper
    tokens: MediaTokens
    clock: Callable[[], datetime]
    public_url: str
    trash_hours: float
