"""Rows that this version cannot read or process: set aside, so that they block nothing, and shown
to the operator.

Such a row was most likely written by another version, during a deployment or before a rollback. So
it is left unchanged and retried, less and less often, until it can be processed.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

#: A task; a message of the outbox; an upload.
RowKind = Literal["task", "message", "upload"]

_FIRST_PAUSE_SECONDS: Final = 60.0
#: An hour after the right version is running, every row has been retried.
_MAX_PAUSE_SECONDS: Final = 3600.0


class Unreadable(Exception):
    """This version cannot interpret a row's content."""


@dataclass(frozen=True, kw_only=True)
class SetAsideRow:
    """`times` counts the attempts at it, from 1."""

    kind: RowKind
    row_id: str
    reason: str
    times: int
    first_seen_at: datetime
    last_seen_at: datetime


def choose_pause_seconds(times: int) -> float:
    """Return the seconds until the next attempt after this many, counted from 1."""
    return min(_MAX_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2.0 ** min(times - 1, 16))
