"""What a user says of a video when it is made: the body of `POST /api/upload/confirm`."""

from typing import Annotated

from pydantic import Field

from job_service.request_body import RequestBody
from videoforge.gallery import Visibility

Title = Annotated[str, Field(min_length=1, max_length=200)]
Description = Annotated[str, Field(max_length=5000)]
Tags = Annotated[list[Annotated[str, Field(min_length=1, max_length=50)]], Field(max_length=30)]


class ConfirmUpload(RequestBody):
    s3_key: str = Field(max_length=300)
    title: Title | None = Field(default=None, description="made from the file's name when left out")
    description: Description = ""
    visibility: Visibility = "public"
    tags: Tags = Field(default=[])
