"""Cursors of pages: where the next page begins, as an opaque string."""

import base64
import binascii
from datetime import datetime

from job_service.errors import Problem
from job_service.platform.paging import PageStart


def write_cursor(start: PageStart | None) -> str | None:
    if start is None:
        return None
    text = f"{start.created_at.isoformat()}|{start.id}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(cursor: str | None) -> PageStart | None:
    """Return the start. Raises Problem 422 `invalid_cursor` for a text that is none of ours."""
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        created_at, _, item_id = (
            base64.b64decode(padded, altchars=b"-_", validate=True).decode().partition("|")
        )
        start = PageStart(created_at=datetime.fromisoformat(created_at), id=item_id)
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise _refuse() from error
    if start.created_at.tzinfo is None or not start.id or "\0" in start.id:
        raise _refuse()
    return start


def _refuse() -> Problem:
    return Problem(
        422, "invalid_cursor", "The cursor is not one of ours.", hint="Use `next_cursor` of the page before."
    )
