"""The messages from job-service to gallery-service, besides the public routes that it proxies.

All need the service token; those sent for a user also carry the user's access token.

    POST   /internal/videos                     GalleryVideoDraft     → 201 video; 200 if it exists
    POST   /internal/videos/{id}/publish        GalleryPublication    → 204, idempotent by job_id
    POST   /internal/videos/{id}/status         GalleryStatusChange   → 204
    POST   /internal/videos/trash               GalleryTrashChanges   → 204, idempotent by changed_at
    POST   /internal/videos/{id}/views          (no body)             → 204
    DELETE /internal/videos/{id}                                      → 204, permanently; also when gone
    GET    /internal/videos/{id}                                      → 200 video, trash included

Each video in an answer also has `thumbnail_key`, which job-service turns into `thumbnail_url`.
"""

from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_serializer

from videoforge.source_facts import SourceFacts

Visibility = Literal["public", "unlisted", "private"]
VideoStatus = Literal["uploaded", "processing", "ready", "failed"]


class GalleryMessage(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class GalleryRendition(GalleryMessage):
    format: str
    width: int
    height: int
    bitrate_bps: int
    size_bytes: int


class VideoBasics(SourceFacts):
    """A video from its confirm on. Sizes are bytes."""

    id: str
    title: str
    description: str
    tags: tuple[str, ...]
    original_filename: str
    content_type: str
    file_size_bytes: int
    visibility: Visibility


class GalleryVideoDraft(VideoBasics):
    """A confirmed upload with its measured properties; job-service creates `id`, once per
    s3_key."""

    s3_key: str
    thumbnail_key: str | None


class ShownVideo(VideoBasics):
    """What everybody may know of a video that they may see. A field that is new here needs a default
    until both services know it; one that the reader does not know is passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    user_id: str
    status: VideoStatus
    views: int
    renditions: tuple[GalleryRendition, ...]
    created_at: AwareDatetime
    updated_at: AwareDatetime
    deleted_at: AwareDatetime | None


def _is_none(value: object) -> bool:
    return value is None


class GalleryVideo(ShownVideo):
    """A video as gallery-service answers it; `s3_key` is left out for everybody but the owner and
    services."""

    s3_key: str | None = Field(default=None, exclude_if=_is_none)
    thumbnail_key: str | None

    @field_serializer("created_at", "updated_at", "deleted_at", when_used="json-unless-none")
    def _write_time(self, time: datetime) -> str:
        return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class GalleryPage(BaseModel):
    """A page of a list; `next_cursor` is None on the last."""

    items: tuple[GalleryVideo, ...]
    next_cursor: str | None


class ChangeOutcome(BaseModel):
    """`code` is that of the problem the route for one video would answer."""

    id: str
    ok: bool
    code: str | None = None


class ChangeOutcomes(BaseModel):
    results: list[ChangeOutcome]


class GalleryPublication(GalleryMessage):
    """The renditions of one finished job: each replaces the video's rendition of the same format,
    and the others stay. The video becomes `ready`. `source` replaces the properties measured at
    confirm."""

    job_id: str
    renditions: list[GalleryRendition]
    thumbnail_key: str | None = None
    source: SourceFacts | None = None


class GalleryStatusChange(GalleryMessage):
    """`processing` when a job starts, `failed` when it fails. A video that was `ready` once stays
    so."""

    status: Literal["processing", "failed", "uploaded"]


class GalleryTrashChange(GalleryMessage):
    """A video was moved to the trash or restored at `changed_at`, aware UTC. job-service decides; a
    message older than the last one applied changes nothing, so that late and repeated messages are
    harmless."""

    video_id: str
    is_trashed: bool
    changed_at: datetime


class GalleryTrashChanges(GalleryMessage):
    """Either all changes are applied or none; a video that no longer exists is skipped."""

    changes: list[GalleryTrashChange] = Field(min_length=1, max_length=100)
