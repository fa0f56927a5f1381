"""Remove a video for good, once job-service has written down that its objects must go."""

from gallery_service.ports import Ports


def purge_video(ports: Ports, video_id: str) -> None:
    """Remove the row and its renditions; nothing happens where it is gone already."""
    with ports.store.begin() as tx:
        video = tx.find_video(video_id)
        tx.delete_video(video_id)
    if video:
        ports.cache.drop_pages([video])
