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

#: Of the public routes. They delete nothing: trash and purge have calls of their own.
PublicMethod = Literal["GET", "POST", "PUT", "PATCH"]
Answer = TypeVar("Answer", bound=BaseModel)


class Gallery(Protocol):
    """Every call raises Problem 503 `gallery_unavailable` when the gallery does not answer, and
    passes on the gallery's own problems with their status and code."""

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
        """Return the video; the existing one if it was created before."""

    def find_video(self, video_id: str) -> GalleryVideo | None:
        """Return the video, even from the trash."""

    def publish(self, publication: GalleryPublication, *, video_id: str) -> None: ...

    def change_status(self, change: GalleryStatusChange, *, video_id: str) -> None: ...

    def change_trash(self, changes: GalleryTrashChanges) -> None:
        """Send what went to the trash or came back; a repeated or late message changes nothing."""

    def count_view(self, video_id: str) -> None: ...

    def delete_video(self, video_id: str) -> None:
        """Remove the video for good; succeeds if it is already gone."""
