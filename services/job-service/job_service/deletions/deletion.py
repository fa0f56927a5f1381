"""The intent to delete objects, saved before anything is deleted, and when it is retried."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

DeletionScope = Literal["video", "prefix", "leftovers"]
DeletionStatus = Literal["trashed", "due", "done"]

_FIRST_WAIT: Final = timedelta(seconds=10)
#: A store that is down for a day is called about a hundred times, not ten thousand.
_LONGEST_WAIT: Final = timedelta(minutes=15)
#: For a PUT that started in its URL's last second: the 5 GiB it may carry take that long at 12
#: Mbit/s.
_LAST_PUT: Final = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Deletion:
    """`target` is a video's id, a prefix, or the id of a job of which only the leftovers are
    deleted. A `trashed` one can still be withdrawn; from `due_at` on it is `due` and cannot."""

    id: str
    scope: DeletionScope
    target: str
    user_id: str
    prefixes: list[str]
    status: DeletionStatus
    due_at: datetime
    tries: int = 0


def plan_next_try(now: datetime, *, tries: int) -> datetime:
    """Return when to retry a deletion that has failed `tries` times: after 10 s, doubling up to 15
    min."""
    return now + min(_FIRST_WAIT * (1 << min(tries - 1, 10)), _LONGEST_WAIT)


def plan_second_look(granted_at: datetime, *, url_seconds: float) -> datetime:
    """Return when nothing can arrive any more through the URL of a single PUT granted then."""
    return granted_at + timedelta(seconds=url_seconds) + _LAST_PUT
