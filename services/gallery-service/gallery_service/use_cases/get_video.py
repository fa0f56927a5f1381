"""Read one video."""

from gallery_service.domain.video import Video, Viewer
from gallery_service.ports import Ports
from videoforge.problems import Code, Problem


def get_video(ports: Ports, video_id: str, *, viewer: Viewer) -> Video:
    """Return the video. Raises Problem 404 if the viewer may not see it, or there is none."""
    video = ports.store.find_video(video_id)
    if video is None or not video.is_visible_to(viewer):
        raise Problem(Code.video_not_found)
    return video


def get_any_video(ports: Ports, video_id: str) -> Video:
    """Return the video for job-service, from the trash too. Raises Problem 404 if there is none."""
    video = ports.store.find_video(video_id)
    if video is None:
        raise Problem(Code.video_not_found)
    return video
