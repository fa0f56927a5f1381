"""What a client announces about the file it wants to upload: the bodies of `POST
/api/storage/upload-url` and `/api/storage/uploads`. Used only to check the limits, and not trusted
otherwise."""

from pydantic import Field

from job_service.request_body import RequestBody


class AnnouncedFile(RequestBody):
    """What a client announces about the file it wants to upload."""

    filename: str = Field(max_length=1000, description="shown to people; never part of a key")
    content_type: str = Field(max_length=200, description="a video's type, such as video/mp4")
    size_bytes: int = Field(ge=0, description="exact size; the store rejects any other")


class AnnouncedUpload(AnnouncedFile):
    fingerprint: str | None = Field(
        default=None, max_length=128, description="lets the client recognise the file when it resumes"
    )
