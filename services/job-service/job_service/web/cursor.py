"""Page cursors: where the next page begins, as an opaque string."""

from datetime import datetime

from job_service.platform.paging import PageStart
from videoforge.problems import Code, Problem
from videoforge_web.cursors import decode_cursor, encode_cursor


def write_cursor(start: PageStart | None) -> str | None:
    if start is None:
        return None
    return encode_cursor(f"{start.created_at.isoformat()}|{start.id}")


def read_cursor(cursor: str | None) -> PageStart | None:
    """Return the start. Raises Problem 422 `invalid_cursor` for a string that is not one of our
    cursors."""
    if cursor is None:
        return None
    try:
        created_at, _, item_id = decode_cursor(cursor).partition("|")
        start = PageStart(created_at=datetime.fromisoformat(created_at), id=item_id)
    except ValueError as error:
        raise Problem(Code.invalid_cursor) from error
    if start.created_at.tzinfo is None or not start.id or "\0" in start.id:
        raise Problem(Code.invalid_cursor)
    return start
