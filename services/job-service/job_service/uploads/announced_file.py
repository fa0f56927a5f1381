"""What a client says of the file it wants to send: the bodies of `POST /api/storage/upload-url` and
`/api/storage/uploads`. Believed for nothing but the limits."""

from pydantic import Field

from job_service.request_body import RequestBody


class AnnouncedFile(RequestBody):
    """What a client says of the file it wants to send."""

    filename: str = Field(max_length=1000, description="as text, for people; never part of a key")
    content_type: str = Field(max_length=200, description="a video's type, such as video/mp4")
    size_bytes: int = Field(ge=0, description="exact size; the store refuses any other")


class AnnouncedUpload(AnnouncedFile):
    fingerprint: str | None = Field(
        default=None, max_length=128, description="how the client knows the file again, to resume"
    )
