"""Count one view of a video; job-service lets a viewer count once an hour."""

from gallery_service.ports import Ports
from videoforge.problems import Code, Problem


def count_view(ports: Ports, video_id: str) -> None:
    """Count one view. Cached pages keep the old number until they expire: dropping them at each
    view would leave no cache. Raises Problem 404 if there is no video.
    """
    if not ports.store.add_view(video_id):
        raise Problem(Code.video_not_found)
