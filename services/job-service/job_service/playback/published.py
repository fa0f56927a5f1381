"""A video's published media, from the cache or from the database."""

from job_service.videos.assets import PublishedMedia
from job_service.videos.ports import VideoPorts


def load_published(ports: VideoPorts, video_id: str) -> PublishedMedia:
    """Return the current assets from the database, and cache them for the following requests."""
    with ports.database.begin() as tx:
        published = tx.assets.find_published(video_id)
    ports.cache.keep_published(published)
    return published


def find_published(ports: VideoPorts, video_id: str) -> PublishedMedia:
    """Return the current assets, possibly some seconds old: segments are requested too often to
    read the database each time."""
    return ports.cache.find_published(video_id) or load_published(ports, video_id)
