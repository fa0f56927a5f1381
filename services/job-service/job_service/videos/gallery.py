"""The gallery, as job-service calls it."""

from collections.abc import Mapping
from typing import Any, Literal, Protocol, TypeVar

from pydantic import BaseModel

from job_service.auth.caller import Caller
from videoforge.gallery import (
    GalleryPublication,
    GalleryStatusChange,
    GalleryTrashChanges,
    GalleryVideo,
    GalleryVideoDraft,
)

#: Of the public routes. Nothing is deleted by them: what is trashed or purged is told by calls of its own.
PublicMethod = Literal["GET", "POST", "PUT", "PATCH"]
Answer = TypeVar("Answer", bound=BaseModel)


class Gallery(Protocol):
    """Every call raises Problem 503 `gallery_unavailable` when the gallery does not answer, and passes the
    gallery's own refusals on as Problems with their status and code."""

    def forward(
        self,
        method: PublicMethod,
        path: str,
        *,
        answer: type[Answer],
        caller: Caller | None,
        query: Mapping[str, Any] | None = None,
        json: Mapping[str, Any] | None = None,
    ) -> Answer:
        """Call one of the public routes, such as `/videos/{id}`, for this caller."""

    def create_video(self, draft: GalleryVideoDraft, *, caller: Caller) -> GalleryVideo:
        """Return the video; the same one when it exists already."""

    def find_video(self, video_id: str) -> GalleryVideo | None:
        """Return the video, from the trash too."""

    def publish(self, publication: GalleryPublication, *, video_id: str) -> None: ...

    def change_status(self, change: GalleryStatusChange, *, video_id: str) -> None: ...

    def change_trash(self, changes: GalleryTrashChanges) -> None:
        """Tell what went to the trash or came back; a repeat and a late telling change nothing."""

    def count_view(self, video_id: str) -> None: ...

    def delete_video(self, video_id: str) -> None:
        """Remove the video for good; also when it is gone already."""
