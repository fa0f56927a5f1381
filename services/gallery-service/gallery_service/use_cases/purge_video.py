"""Remove a video for good, after job-service has recorded that its objects must be deleted."""

from gallery_service.ports import Ports


def purge_video(ports: Ports, video_id: str) -> None:
    """Remove the video and its renditions; does nothing if it is gone already."""
    with ports.store.begin() as tx:
        video = tx.find_video(video_id)
        tx.delete_video(video_id)
    if video:
        ports.cache.drop_pages([video])
