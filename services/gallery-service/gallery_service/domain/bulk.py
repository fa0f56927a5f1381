"""The one thing that is done to many videos at once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from gallery_service.domain.video import Video, VideoChanges
from videoforge.gallery import Visibility

MAX_BULK_VIDEOS: Final = 100

BulkAction = Literal["delete", "restore", "visibility"]


@dataclass(frozen=True, kw_only=True)
class BulkChange:
    """`visibility` goes with the action of that name and with no other; ValueError otherwise."""

    action: BulkAction
    visibility: Visibility | None = None

    def __post_init__(self) -> None:
        if (self.action == "visibility") != (self.visibility is not None):
            raise ValueError("visibility goes with the action `visibility`, and with no other")

    def apply(self, video: Video, *, at: datetime) -> Video:
        if self.action == "delete":
            return video.trash(at=at)
        if self.action == "restore":
            return video.restore(at=at)
        return video.edit(VideoChanges(visibility=self.visibility), at=at)
