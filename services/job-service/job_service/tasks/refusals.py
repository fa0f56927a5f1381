"""What processors are refused that takes more than a code; videoforge/messages.py says what each makes them
do."""

from typing import Final

from videoforge.problems import Code, Problem

#: While one message of a task is hidden, the queue gives out no other of it. So this is how long a task waits
#: after its rows can be read again.
_SET_ASIDE_SECONDS: Final = 60.0


def task_leased(*, retry_after_seconds: float) -> Problem:
    """Return the 409 of a task that another processor holds, or that waits for its next try."""
    seconds = max(1.0, round(retry_after_seconds, 1))
    return Problem(Code.task_leased, extra={"retry_after_seconds": seconds})


def no_room(*, retry_after_seconds: float) -> Problem:
    """Return the 409 of a task that is too large for the room that the caller says it has."""
    return Problem(Code.no_room, extra={"retry_after_seconds": retry_after_seconds})


def task_set_aside() -> Problem:
    """Return the 409 of a task whose rows this version cannot read."""
    return Problem(Code.task_set_aside, extra={"retry_after_seconds": _SET_ASIDE_SECONDS})
