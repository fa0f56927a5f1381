"""Bodies and answers of the storage routes."""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, Field

from job_service.request_body import RequestBody
from job_service.uploads.upload import UploadMethod, UploadStatus


class UploadGrantAnswer(BaseModel):
    """PUT the file to `url` with exactly these headers before `expires_at`."""

    id: str
    s3_key: str
    method: str = "PUT"
    url: str
    headers: dict[str, str]
    expires_at: AwareDatetime


class StartedUpload(BaseModel):
    """All parts have `part_size_bytes`, except the last. Send them in order, at most four at a
    time."""

    id: str
    s3_key: str
    part_size_bytes: int
    part_count: int
    expires_at: AwareDatetime


class PartNumbers(RequestBody):
    part_numbers: list[Annotated[int, Field(ge=1)]] = Field(min_length=1, max_length=100)


class SignedPartAnswer(BaseModel):
    part_number: int
    url: str


class SignedParts(BaseModel):
    parts: list[SignedPartAnswer]


class UploadSummary(BaseModel):
    """`status` is open, completed, confirmed, aborted, expired, or lost: then start again."""

    id: str
    s3_key: str
    filename: str
    content_type: str
    size_bytes: int
    fingerprint: str | None
    method: UploadMethod
    status: UploadStatus
    part_size_bytes: int | None
    part_count: int | None
    video_id: str | None
    created_at: AwareDatetime
    expires_at: AwareDatetime


class UploadListQuery(RequestBody):
    cursor: str | None = Field(default=None, max_length=500)
    limit: int = Field(default=20, ge=1, le=100)


class UploadList(BaseModel):
    items: list[UploadSummary]
    next_cursor: str | None


class PartAnswer(BaseModel):
    part_number: int
    etag: str
    size_bytes: int


class UploadDetail(UploadSummary):
    parts: list[PartAnswer]


class CompletedUpload(BaseModel):
    s3_key: str
    size_bytes: int


class NoFields(RequestBody):
    """An empty body."""
