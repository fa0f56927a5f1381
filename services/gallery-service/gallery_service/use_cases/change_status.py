"""Set the status of a video to that of its job."""

from gallery_service.ports import Ports
from videoforge.gallery import VideoStatus
from videoforge.problems import Code, Problem


def change_status(ports: Ports, video_id: str, *, status: VideoStatus) -> None:
    """Set the status; a video that is `ready` stays ready. Raises Problem 404 if there is no video."""
    with ports.store.begin() as tx:
        video = tx.find_video(video_id)
        if video is None:
            raise Problem(Code.video_not_found)
        tx.save_video(video.with_status(status, at=ports.clock()))
    ports.cache.drop_pages([video])
