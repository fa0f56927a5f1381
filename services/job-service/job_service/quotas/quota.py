"""Quotas: how much one user, and all users together, may take, and the problems raised beyond that.

`stored_bytes` is what videos take in the store: sources, pictures, renditions with their MP4s, and
the trash until it is emptied. `unconfirmed_bytes` is what unfinished uploads have announced,
arrived or not, and `open_uploads` their number. `unfinished_jobs` are waiting or running. A limit
of 0 means no limit.
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
    """The maximum of each figure of a Usage; 0 means no limit."""

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
    """The limits per user, and for all users together."""

    of_user: Quota
    of_all: Quota


def plan_upload(usage: Usage, *, size_bytes: int) -> Usage:
    """Return the usage including the new upload. Its bytes count as stored too, because they will
    be."""
    return Usage(
        stored_bytes=usage.stored_bytes + usage.unconfirmed_bytes + size_bytes,
        unconfirmed_bytes=usage.unconfirmed_bytes + size_bytes,
        open_uploads=usage.open_uploads + 1,
        unfinished_jobs=0,
    )


def plan_jobs(usage: Usage, *, count: int) -> Usage:
    """Return the usage including the new jobs. The size of their outputs is unknown, so they count
    as one more stored byte: a full store accepts no jobs."""
    return Usage(stored_bytes=usage.stored_bytes + 1, unfinished_jobs=usage.unfinished_jobs + count)


def refuse_user(figure: str, *, limit: int) -> Problem:
    """Return the problem for a user who has reached their own limit; they can free some space."""
    if figure in {"stored_bytes", "unconfirmed_bytes"}:
        return Problem(_OWN[figure], limit=limit, extra={"limit_bytes": limit})
    return Problem(_OWN[figure], limit=limit)


def refuse_all(figure: str) -> Problem:
    """Return the 503 for an installation that is full; only its operator can change that."""
    return Problem(_FULL[figure])
