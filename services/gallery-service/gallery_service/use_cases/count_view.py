"""Count one view of a video; job-service lets a viewer count once an hour."""

from gallery_service.ports import Ports
from videoforge.problems import Code, Problem


def count_view(ports: Ports, video_id: str) -> None:
    """Count it. Pages keep the old number for their seconds: dropping them at each view would keep none.

    Raises Problem 404 where the video is gone.
    """
    if not ports.store.add_view(video_id):
        raise Problem(Code.video_not_found)
