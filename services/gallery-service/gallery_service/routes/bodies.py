"""What clients may send, as pydantic models: unknown fields are refused, texts are cleaned."""

import uuid
from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from gallery_service.domain.page import DEFAULT_LIMIT, DEFAULT_SORT, MAX_LIMIT, Sort, VideoFilter
from gallery_service.domain.text import (
    MAX_DESCRIPTION_CHARACTERS,
    MAX_SEARCH_CHARACTERS,
    MAX_TAG_CHARACTERS,
    MAX_TITLE_CHARACTERS,
    check_storable,
    clean_line,
    clean_tags,
)
from gallery_service.domain.video import Video, VideoChanges
from videoforge.gallery import GalleryVideoDraft, VideoStatus, Visibility

#: A title, a description of 5000 characters and 30 tags are some 30 KB, a change of many videos 4 KB.
MAX_BODY_BYTES: Final = 256 * 1024
#: The size of the largest page, so that a whole page can be selected and changed.
MAX_VIDEOS_AT_ONCE: Final = 100

Title = Annotated[str, AfterValidator(clean_line), Field(max_length=MAX_TITLE_CHARACTERS)]
Description = Annotated[str, AfterValidator(check_storable), Field(max_length=MAX_DESCRIPTION_CHARACTERS)]
Storable = Annotated[str, AfterValidator(check_storable)]
VideoId = Annotated[str, AfterValidator(lambda text: str(uuid.UUID(text)))]
Tags = Annotated[tuple[str, ...], AfterValidator(clean_tags)]
Tag = Annotated[str, AfterValidator(lambda tag: clean_tags([tag])[0]), Field(max_length=MAX_TAG_CHARACTERS)]
Search = Annotated[str, AfterValidator(check_storable), Field(max_length=MAX_SEARCH_CHARACTERS)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class VideoPatch(Body):
    """Changes only the given fields; none of them can be null."""

    title: Title | None = None
    description: Description | None = None
    tags: Tags | None = None
    visibility: Visibility | None = None

    @model_validator(mode="before")
    @classmethod
    def _refuse_nulls(cls, given: Any) -> Any:
        if isinstance(given, dict) and (nulls := [name for name, value in given.items() if value is None]):
            raise ValueError(f"null is no value for {', '.join(nulls)}")
        return given

    def to_changes(self) -> VideoChanges:
        return VideoChanges(
            title=self.title,
            description=self.description,
            tags=self.tags,
            visibility=self.visibility,
        )


class VideoPut(Body):
    """Everything that an owner may edit; a missing field gets its default."""

    title: Title
    description: Description = ""
    tags: Tags = ()
    visibility: Visibility = "public"

    def to_changes(self) -> VideoChanges:
        return VideoChanges(
            title=self.title,
            description=self.description,
            tags=self.tags,
            visibility=self.visibility,
        )


class VideoDraft(GalleryVideoDraft):
    """job-service's draft, with the texts of the user cleaned as in the other bodies."""

    id: VideoId
    title: Title
    description: Description
    tags: Tags
    original_filename: Storable

    def to_video(self, *, user_id: str, at: datetime) -> Video:
        return Video(**self.model_dump(), user_id=user_id, created_at=at, updated_at=at)


class VisibilityBody(Body):
    ids: list[str] = Field(min_length=1, max_length=MAX_VIDEOS_AT_ONCE)
    visibility: Visibility


class ListQuery(Body):
    """Of the public list."""

    q: Search = ""
    tag: Tag | None = None
    sort: Sort = DEFAULT_SORT
    cursor: str | None = Field(default=None, max_length=2000)
    limit: int = Field(default=DEFAULT_LIMIT, ge=1, le=MAX_LIMIT)

    def to_filter(self) -> VideoFilter:
        return VideoFilter(search=self.q, tag=self.tag)


class OwnListQuery(ListQuery):
    status: VideoStatus | None = None
    visibility: Visibility | None = None
    deleted: bool = False

    def to_own_filter(self, owner_id: str) -> VideoFilter:
        return VideoFilter(
            owner_id=owner_id,
            search=self.q,
            tag=self.tag,
            status=self.status,
            visibility=self.visibility,
            is_trash=self.deleted,
        )
