"""How much room one person, and everybody together, may take, and what is refused beyond it.

`stored_bytes` is what lies in the store for videos: sources, pictures, renditions with their MP4s, the trash
too until it is emptied. `unconfirmed_bytes` is what uploads on their way have announced, arrived or not, and
`open_uploads` how many those are. `unfinished_jobs` wait or run. A limit of 0 is no limit.
"""

from dataclasses import dataclass, fields
from typing import Final

from videoforge.problems import Problem

#: Until somebody else's uploads or jobs have made room: minutes, mostly.
_RETRY_SECONDS: Final = 300
_FULL: Final = {
    "stored_bytes": "The installation has no room for more videos.",
    "unfinished_jobs": "Too many jobs wait at the moment.",
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
    if figure == "stored_bytes":
        return Problem(
            409,
            "storage_quota_reached",
            f"Your videos may take {limit} bytes, and this would be more.",
            hint="Delete videos and empty the trash, or ask the operator for more room.",
            extra={"limit_bytes": limit},
        )
    if figure == "unconfirmed_bytes":
        return Problem(
            409,
            "upload_quota_reached",
            f"Your uploads that are not finished may hold {limit} bytes together.",
            hint="Finish or delete some of them (GET storage/uploads lists them).",
            extra={"limit_bytes": limit},
        )
    if figure == "open_uploads":
        return Problem(
            409,
            "too_many_open_uploads",
            f"You have {limit} uploads that are not finished.",
            hint="Finish or delete some of them (GET storage/uploads lists them).",
        )
    return Problem(
        429,
        "too_many_jobs",
        f"There may be {limit} unfinished jobs at a time.",
        hint="Wait until some are done, or cancel some.",
        retryable=True,
        headers={"Retry-After": "30"},
    )


def refuse_all(figure: str) -> Problem:
    """Return the 503 of a whole installation that is full; only its operator can change that."""
    is_stored, is_queue = figure == "stored_bytes", figure == "unfinished_jobs"
    return Problem(
        503,
        "storage_full" if is_stored else "queue_full" if is_queue else "uploads_full",
        _FULL.get(figure, "Too much is being uploaded at the moment."),
        hint="Try again in some minutes; if it stays so, tell the operator.",
        retryable=True,
        headers={"Retry-After": str(_RETRY_SECONDS)},
    )
