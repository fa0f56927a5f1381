"""A user's uploads that can still continue."""

from dataclasses import dataclass

from job_service.platform.paging import PageStart
from job_service.uploads.ports import UploadPorts
from job_service.uploads.upload import Upload


@dataclass(frozen=True, kw_only=True)
class UploadPage:
    """`next_start` is None on the last page."""

    items: list[Upload]
    next_start: PageStart | None


def list_uploads(ports: UploadPorts, *, user_id: str, after: PageStart | None, limit: int) -> UploadPage:
    """Return a page of the open and the completed ones, newest first."""
    with ports.database.begin() as tx:
        found = tx.uploads.list_uploads(user_id=user_id, after=after, limit=limit + 1)
    items = found[:limit]
    has_more = len(found) > limit
    return UploadPage(
        items=items,
        next_start=PageStart(created_at=items[-1].created_at, id=items[-1].id) if has_more else None,
    )
