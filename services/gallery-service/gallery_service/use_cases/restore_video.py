"""Take a video out of the trash."""

from gallery_service.domain.video import Video, Viewer
from gallery_service.errors import restore_window_passed, video_not_found
from gallery_service.ports import Ports


def restore_video(video_id: str, *, viewer: Viewer, ports: Ports) -> Video:
    """Return the video, restored; one that is not in the trash comes back as it is.

    Raises Problem: 404 where it is not the viewer's, 409 after the trash's hours.
    """
    with ports.store.transaction() as videos:
        video = videos.find_video(video_id)
        if video is None or not video.is_editable_by(viewer):
            raise video_not_found()
        now = ports.clock()
        if not video.can_be_restored(at=now, trash_hours=ports.trash_hours):
            raise restore_window_passed(ports.trash_hours)
        restored = video.restore(at=now)
        videos.save_video(restored)
    ports.cache.drop_pages([restored])
    return restored
