"""Follow what a video's job is doing."""

from gallery_service.errors import video_not_found
from gallery_service.ports import Ports
from videoforge.gallery import VideoStatus


def change_status(video_id: str, *, status: VideoStatus, ports: Ports) -> None:
    """Set the status; a video once `ready` stays so. Raises Problem 404 where the video is gone."""
    with ports.store.transaction() as videos:
        video = videos.find_video(video_id)
        if video is None:
            raise video_not_found()
        videos.save_video(video.with_status(status, at=ports.clock()))
    ports.cache.drop_pages([video])
