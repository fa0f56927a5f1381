"""Change what an owner may change of a video."""

from gallery_service.domain.video import Video, VideoChanges, Viewer
from gallery_service.ports import Ports
from videoforge.problems import Code, Problem


def edit_video(ports: Ports, video_id: str, *, changes: VideoChanges, viewer: Viewer) -> Video:
    """Return the changed video. Raises Problem 404 if the viewer may not edit it, or there is none."""
    with ports.store.begin() as tx:
        video = tx.find_video(video_id)
        if video is None or video.deleted_at or not video.is_editable_by(viewer):
            raise Problem(Code.video_not_found)
        edited = video.edit(changes, at=ports.clock())
        tx.save_video(edited)
    ports.cache.drop_pages([edited])
    return edited
