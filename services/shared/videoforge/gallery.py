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

from pydantic import BaseModel, ConfigDict, Field

from videoforge.source_facts import SourceFacts

Visibility = Literal["public", "unlisted", "private"]
VideoStatus = Literal["uploaded", "processing", "ready", "failed"]


class GalleryMessage(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class GalleryVideoDraft(SourceFacts):
    """A confirmed upload with its measured properties; job-service creates `id`, once per
    s3_key."""

    id: str
    title: str = Field(min_length=1, max_length=200)
    description: str = Field(default="", max_length=5000)
    visibility: Visibility = "public"
    tags: list[str] = Field(default=[])
    original_filename: str
    content_type: str
    s3_key: str
    thumbnail_key: str | None
    file_size_bytes: int


class GalleryRendition(GalleryMessage):
    format: str
    width: int
    height: int
    bitrate_bps: int
    size_bytes: int


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
