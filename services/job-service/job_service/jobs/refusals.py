"""What is refused about jobs, by name."""

from collections.abc import Mapping, Sequence

from videoforge.formats import FORMAT_NAMES
from videoforge.problems import Problem

_FORMATS_HINT = f"The formats are {', '.join(FORMAT_NAMES)}."


def unknown_format(names: Sequence[str], *, field: str = "output_formats") -> Problem:
    shown = ", ".join(repr(name[:20]) for name in names[:5])
    return Problem(
        422,
        "unknown_format",
        f"There is no format {shown}.",
        hint=_FORMATS_HINT,
        errors=[{"field": field, "message": _FORMATS_HINT}],
    )


def no_formats(*, field: str = "output_formats") -> Problem:
    return Problem(
        422,
        "no_formats",
        "A job needs one format or more.",
        hint=_FORMATS_HINT,
        errors=[{"field": field, "message": "Name one format or more."}],
    )


def invalid_batch(faults: Sequence[Mapping[str, str]], *, problem: Problem) -> Problem:
    """Return one problem for all faulty items: the first one's code, every item by its field."""
    return Problem(
        problem.status,
        problem.code,
        f"Nothing was queued: {len(faults)} of the items cannot be done. {problem.detail}",
        hint="Mend or leave out the items in `errors`, and send the batch again.",
        errors=faults,
    )


def video_in_trash() -> Problem:
    return Problem(
        409, "video_in_trash", "The video is in the trash.", hint="Restore the video first, then ask again."
    )


def job_finished(status: str) -> Problem:
    return Problem(
        409, "job_finished", f"The job is {status} already.", hint="There is nothing left to cancel."
    )


def job_started(status: str) -> Problem:
    return Problem(
        409,
        "job_started",
        f"The job is {status}; only the priority of a job that waits can change.",
        hint="Nothing is left to move forward: its place in the queue is behind it.",
    )


def job_not_retryable(status: str) -> Problem:
    return Problem(
        409,
        "job_not_retryable",
        f"The job is {status}; only a failed or cancelled job can be tried again.",
        hint="Make a new job to encode the video once more.",
    )
