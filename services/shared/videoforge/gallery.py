"""The messages from job-service to gallery-service, beside the public routes that are proxied.

All need the service token; those with a user behind them carry the user's access token too.

    POST   /internal/videos                     GalleryVideoDraft     → 201 video; 200 if it exists
    POST   /internal/videos/{id}/publish        GalleryPublication    → 204, idempotent by job_id
    POST   /internal/videos/{id}/status         GalleryStatusChange   → 204
    POST   /internal/videos/trash               GalleryTrashChanges   → 204, idempotent by changed_at
    POST   /internal/videos/{id}/views          (no body)             → 204
    DELETE /internal/videos/{id}                                      → 204, for good, also when gone
    GET    /internal/videos/{id}                                      → 200 video, trash included

Every answer with a video adds `thumbnail_key` for job-service, which turns it into `thumbnail_url`.
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
    """A confirmed upload with what was measured of it; `id` is made by job-service, once per s3_key."""

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
    """The renditions of one finished job: each replaces the video's rendition of the same format, the
    others stay. The video becomes `ready`. `source` replaces what confirm said of the media."""

    job_id: str
    renditions: list[GalleryRendition]
    thumbnail_key: str | None = None
    source: SourceFacts | None = None


class GalleryStatusChange(GalleryMessage):
    """`processing` when a job starts, `failed` when it fails. A video once `ready` stays so."""

    status: Literal["processing", "failed", "uploaded"]


class GalleryTrashChange(GalleryMessage):
    """A video went to the trash or came back at `changed_at`, aware UTC. job-service decides it; a telling
    that is older than the last one taken changes nothing, so that late ones and repeats do no harm."""

    video_id: str
    is_trashed: bool
    changed_at: datetime


class GalleryTrashChanges(GalleryMessage):
    """All are taken or none; a video that is gone is passed over."""

    changes: list[GalleryTrashChange] = Field(min_length=1, max_length=100)
