"""How much room one person, and everybody together, may take, and what is refused beyond it.

`stored_bytes` is what lies in the store for videos: sources, pictures, renditions with their MP4s, the trash
too until it is emptied. `unconfirmed_bytes` is what uploads on their way have announced, arrived or not, and
`open_uploads` how many those are. `unfinished_jobs` wait or run. A limit of 0 is no limit.
"""

from dataclasses import dataclass, fields
from typing import Final

from videoforge.problems import Code, Problem

_OWN: Final = {
    "stored_bytes": Code.storage_quota_reached,
    "unconfirmed_bytes": Code.upload_quota_reached,
    "open_uploads": Code.too_many_open_uploads,
    "unfinished_jobs": Code.too_many_jobs,
}
_FULL: Final = {
    "stored_bytes": Code.storage_full,
    "unconfirmed_bytes": Code.uploads_full,
    "open_uploads": Code.uploads_full,
    "unfinished_jobs": Code.queue_full,
}


@dataclass(frozen=True, kw_only=True)
class Usage:
    stored_bytes: int = 0
    unconfirmed_bytes: int = 0
    open_uploads: int = 0
    unfinished_jobs: int = 0


@dataclass(frozen=True, kw_only=True)
class Quota:
    """The most that each figure of a Usage may reach; 0 is no limit."""

    stored_bytes: int = 0
    unconfirmed_bytes: int = 0
    open_uploads: int = 0
    unfinished_jobs: int = 0

    def find_exceeded(self, usage: Usage) -> str | None:
        """Return the name of the first figure above its limit, or None."""
        for item in fields(self):
            limit = getattr(self, item.name)
            if limit and getattr(usage, item.name) > limit:
                return item.name
        return None


@dataclass(frozen=True, kw_only=True)
class Quotas:
    """The limits of each user, and of all of them together."""

    of_user: Quota
    of_all: Quota


def plan_upload(usage: Usage, *, size_bytes: int) -> Usage:
    """Return the usage as it would be with the upload. Its bytes count as stored too: they will be."""
    return Usage(
        stored_bytes=usage.stored_bytes + usage.unconfirmed_bytes + size_bytes,
        unconfirmed_bytes=usage.unconfirmed_bytes + size_bytes,
        open_uploads=usage.open_uploads + 1,
        unfinished_jobs=0,
    )


def plan_jobs(usage: Usage, *, count: int) -> Usage:
    """Return the usage as it would be with more jobs. How large their outputs get nobody knows, so one byte
    more than is stored stands for them: a full store takes no job."""
    return Usage(stored_bytes=usage.stored_bytes + 1, unfinished_jobs=usage.unfinished_jobs + count)


def refuse_user(figure: str, *, limit: int) -> Problem:
    """Return the problem of somebody whose own room is used up; they can make some."""
    if figure in {"stored_bytes", "unconfirmed_bytes"}:
        return Problem(_OWN[figure], limit=limit, extra={"limit_bytes": limit})
    return Problem(_OWN[figure], limit=limit)


def refuse_all(figure: str) -> Problem:
    """Return the 503 of a whole installation that is full; only its operator can change that."""
    return Problem(_FULL[figure])
