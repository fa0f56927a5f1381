"""A video of the gallery, who may see it, and how it changes.

Every change returns a new value; the store writes it. Times are aware UTC, sizes bytes, rates bits
per second, `frame_rate` a fraction as text.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from pydantic import AwareDatetime

from videoforge.gallery import GalleryRendition, ShownVideo, VideoStatus, Visibility
from videoforge.source_facts import SourceFacts


@dataclass(frozen=True, kw_only=True)
class Viewer:
    """Who is asking; `user_id` is None for someone not signed in."""

    user_id: str | None = None
    is_admin: bool = False


ANONYMOUS = Viewer()


@dataclass(frozen=True, kw_only=True)
class VideoChanges:
    """What an owner may edit; None leaves a field as it is."""

    title: str | None = None
    description: str | None = None
    tags: tuple[str, ...] | None = None
    visibility: Visibility | None = None


class Video(ShownVideo):
    """A confirmed upload. In the trash while `deleted_at` is set; `trash_changed_at` is the time of
    the last change between list and trash that was applied."""

    s3_key: str
    thumbnail_key: str | None
    status: VideoStatus = "uploaded"
    views: int = 0
    renditions: tuple[GalleryRendition, ...] = ()
    deleted_at: AwareDatetime | None = None
    trash_changed_at: AwareDatetime | None = None

    def replace(self, **changes: Any) -> Self:
        """Return the video with these fields changed."""
        return self.model_copy(update=changes)

    def is_owned_by(self, viewer: Viewer) -> bool:
        return viewer.user_id is not None and viewer.user_id == self.user_id

    def is_editable_by(self, viewer: Viewer) -> bool:
        """By the owner, and by admins, who must be able to take a video down."""
        return self.is_owned_by(viewer) or viewer.is_admin

    def is_visible_to(self, viewer: Viewer) -> bool:
        """Whether the viewer may read it by id: never from the trash; private ones only as owner or admin."""
        if self.deleted_at is not None:
            return False
        return self.visibility in {"public", "unlisted"} or self.is_editable_by(viewer)

    @property
    def is_listed(self) -> bool:
        """Whether everyone finds it in lists and searches: public, playable, not in the trash."""
        return self.visibility == "public" and self.status == "ready" and self.deleted_at is None

    def edit(self, changes: VideoChanges, *, at: datetime) -> "Video":
        given = {name: value for name, value in vars(changes).items() if value is not None}
        return self.replace(**given, updated_at=at)

    def trash(self, *, at: datetime) -> "Video":
        """A second call keeps the first time, so that the period for restoring does not move."""
        return self if self.deleted_at else self.replace(deleted_at=at, updated_at=at)

    def restore(self, *, at: datetime) -> "Video":
        return self.replace(deleted_at=None, updated_at=at) if self.deleted_at else self

    def follow_trash(self, *, is_trashed: bool, changed_at: datetime) -> "Video":
        """Apply a change between list and trash, unless a later one was applied before."""
        if self.trash_changed_at is not None and changed_at <= self.trash_changed_at:
            return self
        moved = self.trash(at=changed_at) if is_trashed else self.restore(at=changed_at)
        return moved.replace(trash_changed_at=changed_at)

    def with_status(self, status: VideoStatus, *, at: datetime) -> "Video":
        """A video that is `ready` stays ready: a later job does not hide what can be played."""
        return self if self.status in {"ready", status} else self.replace(status=status, updated_at=at)

    def publish(
        self, renditions: Sequence[GalleryRendition], *, thumbnail_key: str | None, at: datetime
    ) -> "Video":
        """Each rendition replaces the one of the same format; the others stay."""
        by_format = {rendition.format: rendition for rendition in (*self.renditions, *renditions)}
        return self.replace(
            renditions=order_renditions(by_format.values()),
            thumbnail_key=thumbnail_key or self.thumbnail_key,
            status="ready",
            updated_at=at,
        )

    def correct(self, source: SourceFacts) -> "Video":
        """Replace what confirm saw of the source by what a job measured on the whole of it."""
        return self.replace(**source.model_dump())


def find_video_id(text: str) -> str | None:
    """Return the id as it is stored, or None if the text is not a UUID."""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return None


def order_renditions(renditions: Iterable[GalleryRendition]) -> tuple[GalleryRendition, ...]:
    """Return them as every answer shows them: fewest pixels first, as in a ladder."""
    return tuple(
        sorted(renditions, key=lambda rendition: (rendition.width * rendition.height, rendition.format))
    )
