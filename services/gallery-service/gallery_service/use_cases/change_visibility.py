"""Change the visibility of up to a hundred videos in one transaction; each has its own outcome."""

from collections.abc import Sequence

from gallery_service.domain.video import VideoChanges, Viewer, find_video_id
from gallery_service.ports import Ports
from videoforge.gallery import ChangeOutcome, Visibility
from videoforge.problems import Code


def change_visibility(
    ports: Ports, video_ids: Sequence[str], *, visibility: Visibility, viewer: Viewer
) -> list[ChangeOutcome]:
    """Return one outcome per id, in their order, each id once. A second call changes nothing."""
    now, changes = ports.clock(), VideoChanges(visibility=visibility)
    stored_ids = {video_id: find_video_id(video_id) for video_id in video_ids}
    with ports.store.begin() as tx:
        found = tx.find_videos([stored_id for stored_id in stored_ids.values() if stored_id])
        edited = {
            stored_id: video.edit(changes, at=now)
            for stored_id, video in found.items()
            if video.deleted_at is None and video.is_editable_by(viewer)
        }
        for video in edited.values():
            tx.save_video(video)
    ports.cache.drop_pages(list(edited.values()))
    return [
        ChangeOutcome(id=video_id, ok=True)
        if stored_id in edited
        else ChangeOutcome(id=video_id, ok=False, code=Code.video_not_found.name)
        for video_id, stored_id in stored_ids.items()
    ]
