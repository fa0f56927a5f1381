"""What is refused about jobs that takes more than a code."""

from collections.abc import Mapping, Sequence

from videoforge.problems import Code, Problem


def unknown_format(names: Sequence[str], *, field: str = "output_formats") -> Problem:
    shown = ", ".join(repr(name[:20]) for name in names[:5])
    fault = {"field": field, "message": Code.unknown_format.value.hint}
    return Problem(Code.unknown_format, names=shown, errors=[fault])


def no_formats(*, field: str = "output_formats") -> Problem:
    return Problem(Code.no_formats, errors=[{"field": field, "message": "Name one format or more."}])


def invalid_batch(faults: Sequence[Mapping[str, str]], *, problem: Problem) -> Problem:
    """Return one problem for all faulty items: the first one's code, every item by its field."""
    return Problem(
        Code[problem.code],
        detail=f"Nothing was queued: {len(faults)} of the items cannot be done. {problem.detail}",
        hint="Correct or leave out the items in `errors`, and send the batch again.",
        errors=faults,
    )
