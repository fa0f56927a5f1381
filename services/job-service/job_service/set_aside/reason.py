"""Rows that this version cannot read or deal with: set aside, so that they keep nobody waiting, and shown.

Such a row is most likely another version's, in the middle of a deployment or after one was taken back. So
nothing is changed about it; it is looked at again, less and less often, until it can be dealt with.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

#: A task; a message of the outbox; an upload.
RowKind = Literal["task", "message", "upload"]

_FIRST_PAUSE_SECONDS: Final = 60.0
#: An hour after the right version runs, all is in motion again.
_MAX_PAUSE_SECONDS: Final = 3600.0


class Unreadable(Exception):
    """What a row holds does not fit what this version knows."""


@dataclass(frozen=True, kw_only=True)
class SetAsideRow:
    """`times` counts the looks at it, from 1."""

    kind: RowKind
    row_id: str
    reason: str
    times: int
    first_seen_at: datetime
    last_seen_at: datetime


def choose_pause_seconds(times: int) -> float:
    """Return the seconds until the next look after this many, from 1."""
    return min(_MAX_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2.0 ** min(times - 1, 16))
