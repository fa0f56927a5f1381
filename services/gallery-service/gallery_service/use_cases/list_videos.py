"""Read a page of a list: the public one, or a user's own."""

from gallery_service.domain.page import PageRequest, VideoPage
from gallery_service.ports import Ports


def list_videos(ports: Ports, request: PageRequest) -> VideoPage:
    """Return the page, which may be some seconds old."""
    return ports.cache.get_page(request, load=lambda: ports.store.list_videos(request))
