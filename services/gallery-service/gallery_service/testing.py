"""Fakes of the ports, for tests: the same contract suite runs over them and the real adapters. Also
a video to start from.
"""

import copy
import re
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from gallery_service.domain.page import PageRequest, VideoFilter, VideoPage, build_page, get_sort_key
from gallery_service.domain.video import Video
from gallery_service.search.search_text import fold_text, parse_search
from videoforge.gallery import GalleryRendition
from videoforge_clients.errors import DatabaseUnavailable

START: Final = datetime(2026, 11, 20, 12, tzinfo=UTC)


def build_video(**changes: Any) -> Video:
    """Return a public, ready video of its own id and owner, with these fields changed."""
    video_id = str(uuid.uuid4())
    owner_id = changes.get("user_id", str(uuid.uuid4()))
    video = Video(
        id=video_id,
        user_id=owner_id,
        title="Big Buck Bunny",
        description="A rabbit and three rodents",
        tags=("animation", "short film"),
        original_filename="bunny.mp4",
        content_type="video/mp4",
        s3_key=f"users/{owner_id}/uploads/{video_id}/source.mp4",
        thumbnail_key=f"videos/posters/{video_id}/thumbnail.jpg",
        duration_seconds=60.5,
        width=1920,
        height=1080,
        resolution="1920x1080",
        video_codec="h264",
        audio_codec="aac",
        frame_rate="30/1",
        container="mov,mp4,m4a,3gp,3g2,mj2",
        file_size_bytes=1_000_000,
        visibility="public",
        status="ready",
        created_at=START,
        updated_at=START,
    )
    return video.replace(**changes)


def build_rendition(format: str = "720p", **changes: Any) -> GalleryRendition:
    heights = {"4K": 2160, "1080p": 1080, "720p": 720, "480p": 480}
    height = heights[format]
    rendition = GalleryRendition(
        format=format, width=height * 16 // 9, height=height, bitrate_bps=2_000_000, size_bytes=5_000_000
    )
    return rendition.model_copy(update=changes)


class FixedClock:
    """A clock that stands still until the test moves it."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_time(self, **units: float) -> None:
        self.now += timedelta(**units)


@dataclass
class _Rows:
    videos: dict[str, Video] = field(default_factory=dict)
    publications: dict[str, str] = field(default_factory=dict)


class MemoryVideoTransaction:
    def __init__(self, rows: _Rows) -> None:
        self._rows = rows

    def find_video(self, video_id: str) -> Video | None:
        return self._rows.videos.get(video_id)

    def find_videos(self, video_ids: Sequence[str]) -> dict[str, Video]:
        return {id_: self._rows.videos[id_] for id_ in video_ids if id_ in self._rows.videos}

    def find_by_source(self, s3_key: str) -> Video | None:
        return next((video for video in self._rows.videos.values() if video.s3_key == s3_key), None)

    def insert_video(self, video: Video) -> bool:
        if video.id in self._rows.videos or self.find_by_source(video.s3_key):
            return False
        self._rows.videos[video.id] = video
        return True

    def save_video(self, video: Video) -> None:
        self._rows.videos[video.id] = video.replace(views=self._rows.videos[video.id].views)

    def save_publication(self, job_id: str, *, video_id: str, at: datetime) -> bool:
        if job_id in self._rows.publications:
            return False
        self._rows.publications[job_id] = video_id
        return True

    def delete_video(self, video_id: str) -> None:
        self._rows.videos.pop(video_id, None)
        kept = {job: video for job, video in self._rows.publications.items() if video != video_id}
        self._rows.publications = kept


class MemoryVideoStore:
    """One transaction at a time, rolled back when it raises. `is_down` makes every call fail."""

    def __init__(self) -> None:
        self._rows = _Rows()
        self._lock = threading.Lock()
        self.is_down = False
        self.pages_read = 0

    @contextmanager
    def begin(self) -> Iterator[MemoryVideoTransaction]:
        self.check()
        with self._lock:
            rows = copy.copy(self._rows)
            rows.videos, rows.publications = dict(rows.videos), dict(rows.publications)
            yield MemoryVideoTransaction(rows)
            self._rows = rows

    def find_video(self, video_id: str) -> Video | None:
        self.check()
        return self._rows.videos.get(video_id)

    def list_videos(self, request: PageRequest) -> VideoPage:
        self.check()
        self.pages_read += 1

        def build_place(video: Video) -> tuple[Any, str]:
            return get_sort_key(video, sort_field=request.sort_field), video.id

        found = [video for video in self._rows.videos.values() if _matches(video, wanted=request.filter)]
        found.sort(key=build_place, reverse=request.is_descending)
        if request.after:
            last = (request.after.key, request.after.id)
            found = [
                video
                for video in found
                if (build_place(video) < last if request.is_descending else build_place(video) > last)
            ]
        return build_page(found[: request.limit + 1], request=request)

    def add_view(self, video_id: str) -> bool:
        self.check()
        video = self._rows.videos.get(video_id)
        if video:
            self._rows.videos[video_id] = video.replace(views=video.views + 1)
        return video is not None

    def check(self) -> None:
        if self.is_down:
            raise DatabaseUnavailable


def _matches(video: Video, *, wanted: VideoFilter) -> bool:
    if wanted.owner_id is None:
        is_in_scope = video.is_listed
    else:
        is_in_scope = video.user_id == wanted.owner_id and wanted.is_trash == (video.deleted_at is not None)
    return (
        is_in_scope
        and (wanted.tag is None or wanted.tag in video.tags)
        and wanted.status in {None, video.status}
        and wanted.visibility in {None, video.visibility}
        and _has_words(video, search=wanted.search)
    )


def _has_words(video: Video, *, search: str) -> bool:
    """All full words, and one with the prefix; only PostgreSQL knows quotes, `or` and minus."""
    words = _split_words(" ".join([video.title, *video.tags, video.description]))
    parsed = parse_search(search)
    has_prefix = not parsed.prefix or any(word.startswith(parsed.prefix) for word in words)
    return words.issuperset(_split_words(parsed.words)) and has_prefix


def _split_words(text: str) -> set[str]:
    return set(re.findall(r"\w+", fold_text(text)))


class MemoryPageCache:
    """Keeps pages until they are dropped; with `is_down` it keeps none."""

    def __init__(self) -> None:
        self._pages: dict[PageRequest, VideoPage] = {}
        self.is_down = False

    def check(self) -> None:
        """What readiness asks of the Redis behind it."""
        if self.is_down:
            raise ConnectionError("the test says so")

    def get_page(self, request: PageRequest, *, load: Callable[[], VideoPage]) -> VideoPage:
        if self.is_down:
            return load()
        if request not in self._pages:
            self._pages[request] = load()
        return self._pages[request]

    def drop_pages(self, videos: Sequence[Video]) -> None:
        if self.is_down:
            return
        owner_ids = {None, *(video.user_id for video in videos)}
        self._pages = {
            request: page for request, page in self._pages.items() if request.filter.owner_id not in owner_ids
        }
