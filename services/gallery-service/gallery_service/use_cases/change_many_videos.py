"""Do one thing to up to a hundred videos, in one transaction; each has its own outcome."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gallery_service.domain.bulk import BulkChange
from gallery_service.domain.video import Video, Viewer, find_video_id
from gallery_service.errors import RESTORE_WINDOW_PASSED, VIDEO_NOT_FOUND
from gallery_service.ports import Ports


@dataclass(frozen=True, kw_only=True)
class BulkOutcome:
    """`code` is None where it was done, else that of the problem the single route would answer."""

    id: str
    code: str | None = None


def change_many_videos(
    video_ids: Sequence[str], *, change: BulkChange, viewer: Viewer, ports: Ports
) -> list[BulkOutcome]:
    """Return one outcome per id, in their order, each id once. A second call changes nothing more."""
    now, changed, outcomes = ports.clock(), list[Video](), list[BulkOutcome]()
    stored_ids = {video_id: find_video_id(video_id) for video_id in video_ids}
    with ports.store.transaction() as videos:
        found = videos.find_videos([stored_id for stored_id in stored_ids.values() if stored_id])
        for video_id, stored_id in stored_ids.items():
            done = _change(found.get(stored_id or ""), change=change, viewer=viewer, at=now, ports=ports)
            if isinstance(done, Video):
                videos.save_video(done)
                changed.append(done)
            outcomes.append(BulkOutcome(id=video_id, code=None if isinstance(done, Video) else done))
    ports.cache.drop_pages(changed)
    return outcomes


def _change(
    video: Video | None, *, change: BulkChange, viewer: Viewer, at: datetime, ports: Ports
) -> Video | str:
    """Return the changed video, or the code of what stands in the way."""
    if video is None or not video.is_editable_by(viewer):
        return VIDEO_NOT_FOUND
    if change.action == "restore" and not video.can_be_restored(at=at, trash_hours=ports.trash_hours):
        return RESTORE_WINDOW_PASSED
    if change.action == "visibility" and video.deleted_at:
        return VIDEO_NOT_FOUND
    return change.apply(video, at=at)
