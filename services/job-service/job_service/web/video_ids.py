"""Ids of videos in addresses and queries: what cannot be one is as unknown as one that does not exist."""

import uuid

from job_service.errors import not_found


def parse_video_id(text: str) -> str:
    """Return the id as it is stored. Raises Problem 404 `video_not_found`."""
    try:
        return str(uuid.UUID(text))
    except ValueError as error:
        raise not_found("video") from error
