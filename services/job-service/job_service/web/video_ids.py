"""Video ids in paths and queries: a malformed id is treated like one that does not exist."""

import uuid

from videoforge.problems import Code, Problem


def parse_video_id(text: str) -> str:
    """Return the id as it is stored. Raises Problem 404 `video_not_found`."""
    try:
        return str(uuid.UUID(text))
    except ValueError as error:
        raise Problem(Code.video_not_found) from error
