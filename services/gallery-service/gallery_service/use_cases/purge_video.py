"""Remove a video for good, once job-service has written down that its objects must go."""

from gallery_service.ports import Ports


def purge_video(video_id: str, *, ports: Ports) -> None:
    """Remove the row and its renditions; nothing happens where it is gone already."""
    with ports.store.transaction() as videos:
        video = videos.find_video(video_id)
        videos.delete_video(video_id)
    if video:
        ports.cache.drop_pages([video])
