"""Move a video to the trash: gone for everyone at once, its owner may restore it."""

from gallery_service.domain.video import Viewer
from gallery_service.errors import video_not_found
from gallery_service.ports import Ports


def trash_video(video_id: str, *, viewer: Viewer, ports: Ports) -> None:
    """Trash it; nothing changes the second time. Raises Problem 404 where it is not the viewer's."""
    with ports.store.transaction() as videos:
        video = videos.find_video(video_id)
        if video is None or not video.is_editable_by(viewer):
            raise video_not_found()
        videos.save_video(video.trash(at=ports.clock()))
    ports.cache.drop_pages([video])
