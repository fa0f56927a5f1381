"""What processors are refused, by name; videoforge/messages.py says what each makes them do."""

from typing import Final

from videoforge.problems import Problem

#: While one message of a task is hidden, the queue gives out no other of it. So this is how long a task waits
#: after its rows can be read again.
_SET_ASIDE_SECONDS: Final = 60.0


def lease_lost() -> Problem:
    return Problem(
        409,
        "lease_lost",
        "The task is no longer yours: it was given away, finished or cancelled.",
        hint="Stop the work on it and write nothing more.",
    )


def task_finished(status: str) -> Problem:
    return Problem(409, "task_finished", f"The task is {status}.", hint="Delete the message.")


def task_leased(*, retry_after_seconds: float) -> Problem:
    """Return the 409 of a task that another processor holds, or that waits for its next try."""
    seconds = max(1.0, round(retry_after_seconds, 1))
    return Problem(
        409,
        "task_leased",
        "The task cannot be claimed yet.",
        hint="Leave the message in the queue for `retry_after_seconds`.",
        retryable=True,
        extra={"retry_after_seconds": seconds},
    )


def no_room(*, retry_after_seconds: float) -> Problem:
    """Return the 409 of a task that is too large for the room that the caller says it has."""
    return Problem(
        409,
        "no_room",
        "The task needs more room than the processor has.",
        hint="Leave the message to other processors, for `retry_after_seconds`.",
        retryable=True,
        extra={"retry_after_seconds": retry_after_seconds},
    )


def task_set_aside() -> Problem:
    """Return the 409 of a task whose rows this version cannot read."""
    return Problem(
        409,
        "task_set_aside",
        "What the task needs was written by another version and cannot be read.",
        hint="Leave the message in the queue for `retry_after_seconds`.",
        retryable=True,
        extra={"retry_after_seconds": _SET_ASIDE_SECONDS},
    )


def wrong_result(detail: str) -> Problem:
    return Problem(422, "wrong_result", detail)
