"""Videos in the API, as the gallery stores them and job-service shows them."""

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator
from pydantic.json_schema import SkipJsonSchema

from job_service.request_body import RequestBody
from job_service.videos.confirm_upload import Description, Tags, Title
from videoforge.gallery import GalleryRendition, ShownVideo, VideoStatus, Visibility
from videoforge.messages import JobWarning
from videoforge.source_facts import SourceFacts
from videoforge_media.ladder import FormatOffer, PictureSize, list_offers

#: The value of a field that was not sent. Clients cannot send it, and the API document does not
#: show it.
Absent = SkipJsonSchema[None]
NOT_SENT: Any = Field(default_factory=lambda: None)
Sort = Literal["created_at", "-created_at", "title", "-title", "duration", "-duration", "views", "-views"]


class Sized(BaseModel):
    """`width` and `height` are those of the picture as displayed; they determine what a job can
    make of it."""

    width: int
    height: int
    available_formats: list[FormatOffer]

    @model_validator(mode="before")
    @classmethod
    def _offer_formats(cls, values: Mapping[str, Any]) -> Mapping[str, Any]:
        size = PictureSize(values["width"], values["height"])
        return {**values, "available_formats": list_offers(size)}


class Video(Sized, ShownVideo):
    """`s3_key` is shown only to the owner. Durations are in seconds, sizes in bytes, rates in bits
    per second. The video can be watched up to `playable_seconds`, also while it is encoded."""

    s3_key: str | None = None
    thumbnail_url: str | None
    playable_seconds: float


class VideoList(BaseModel):
    items: list[Video]
    next_cursor: str | None


class ListVideos(RequestBody):
    q: str = Field(default="", max_length=200, description="words in title, description and tags")
    tag: str | None = Field(default=None, min_length=1, max_length=50)
    sort: Sort = "-created_at"
    cursor: str | None = Field(default=None, max_length=2000)
    limit: int = Field(default=20, ge=1, le=100)


class ListOwnVideos(ListVideos):
    status: VideoStatus | None = None
    visibility: Visibility | None = None
    deleted: bool = Field(default=False, description="show the trash instead")


class PatchVideo(RequestBody):
    """Only the given fields are changed; no field accepts null."""

    title: Title | Absent = NOT_SENT
    description: Description | Absent = NOT_SENT
    visibility: Visibility | Absent = NOT_SENT
    tags: Tags | Absent = NOT_SENT


class PutVideo(RequestBody):
    """Everything that can be edited; omitted fields are reset to their defaults."""

    title: Title
    description: Description = ""
    visibility: Visibility = "public"
    tags: Tags = Field(default=[])


class DeleteVideo(RequestBody):
    purge: bool = Field(default=False, description="delete permanently, without the trash")


class ChangeVideos(RequestBody):
    ids: list[str] = Field(min_length=1, max_length=100)
    action: Literal["delete", "restore", "visibility"]
    visibility: Visibility | None = Field(default=None, description="only with the action `visibility`")

    @model_validator(mode="after")
    def _check_visibility(self) -> Self:
        if (self.action == "visibility") != (self.visibility is not None):
            raise ValueError("must have `visibility` with the action `visibility`, and with no other")
        return self


class ExtractMetadata(RequestBody):
    s3_key: str = Field(max_length=300)


class Metadata(Sized, SourceFacts):
    """As measured by ffprobe. `warnings` list what the source has and no rendition will have."""

    model_config = ConfigDict(extra="ignore")

    file_size_bytes: int
    bit_rate_bps: int
    rotation_degrees: int
    hdr: str | None
    audio_tracks: list[dict[str, Any]]
    subtitle_tracks: list[dict[str, Any]]
    warnings: list[JobWarning] = []


class StreamRendition(GalleryRendition):
    mp4_url: str


class Stream(BaseModel):
    """Addresses are absolute and expire at `expires_at`; `?download=1` on an `mp4_url` saves the
    file. A video that is not `is_complete` plays from its start up to `playable_seconds`; its
    playlists grow."""

    hls_url: str
    renditions: list[StreamRendition]
    thumbnail_url: str | None
    storyboard_url: str | None
    captions: list[dict[str, Any]]
    duration_seconds: float
    playable_seconds: float
    is_complete: bool
    expires_at: AwareDatetime


class DownloadQuery(RequestBody):
    video_id: str = Field(max_length=64)
    format: str = Field(max_length=20, description="a rendition's format, or `source` for the owner")


class Download(BaseModel):
    url: str
    expires_at: AwareDatetime
