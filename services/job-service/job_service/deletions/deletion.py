"""The intent to remove objects, written before anything is removed, and when it is tried again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

DeletionScope = Literal["video", "prefix", "leftovers"]
DeletionStatus = Literal["trashed", "due", "done"]

_FIRST_WAIT: Final = timedelta(seconds=10)
#: A store that is down for a day is asked some hundred times, not ten thousand.
_LONGEST_WAIT: Final = timedelta(minutes=15)
#: A PUT that began in its URL's last second: the 5 GiB that it may bring take as long at 12 Mbit/s.
_LAST_PUT: Final = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Deletion:
    """`target` is a video's id, a prefix, or the id of a job of which only the leftovers go. A `trashed` one
    can still be taken back; from `due_at` on it is `due` and cannot."""

    id: str
    scope: DeletionScope
    target: str
    user_id: str
    prefixes: list[str]
    status: DeletionStatus
    due_at: datetime
    tries: int = 0


def plan_next_try(now: datetime, *, tries: int) -> datetime:
    """Return when a deletion that failed `tries` times is tried again: 10 s, doubling up to 15 min."""
    return now + min(_FIRST_WAIT * (1 << min(tries - 1, 10)), _LONGEST_WAIT)


def plan_second_look(granted_at: datetime, *, url_seconds: float) -> datetime:
    """Return when nothing can arrive any more by the URL of a single PUT that was granted then."""
    return granted_at + timedelta(seconds=url_seconds) + _LAST_PUT
