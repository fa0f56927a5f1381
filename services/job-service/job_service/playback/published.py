"""What of a video is published, from the cache or from the database."""

from job_service.videos.assets import PublishedMedia
from job_service.videos.ports import VideoPorts


def load_published(ports: VideoPorts, video_id: str) -> PublishedMedia:
    """Return the current assets as the database has them, and keep them for the requests that follow."""
    with ports.database.begin() as tx:
        published = tx.assets.find_published(video_id)
    ports.cache.keep_published(published)
    return published


def find_published(ports: VideoPorts, video_id: str) -> PublishedMedia:
    """Return the current assets as they were some seconds ago: segments are asked for too often for more."""
    return ports.cache.find_published(video_id) or load_published(ports, video_id)
