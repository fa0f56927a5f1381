"""What gallery-service refuses, by name. All are videoforge.problems.Problem:

Problem
├── 4xx  the caller is at fault; trying again changes nothing
├── 503  a dependency is down; nothing was changed, try again
└── 500  our own bug; logged with its request id
"""

from collections.abc import Mapping, Sequence
from typing import Final

from videoforge.problems import Problem, not_found

VIDEO_NOT_FOUND: Final = "video_not_found"


def video_not_found() -> Problem:
    """Return the 404 of a video that is foreign, in the trash or was never there."""
    return not_found("video")


def source_not_owned() -> Problem:
    return Problem(403, "source_not_owned", "The source belongs to another user.")


def video_conflict() -> Problem:
    return Problem(409, "video_conflict", "Another user's video has this id or this source.")


def invalid_cursor() -> Problem:
    return Problem(
        422,
        "invalid_cursor",
        "The cursor does not belong to this list.",
        hint="Use `next_cursor` as it came, with the same filters and sort; or start without a cursor.",
    )


def validation_failed(errors: Sequence[Mapping[str, str]]) -> Problem:
    """Return the 422 whose `errors` are [{field, message}]."""
    return Problem(
        422,
        "validation_failed",
        "The request has fields that cannot be used.",
        hint="See `errors` for each field.",
        errors=errors,
    )


def sign_in_needed() -> Problem:
    """Return the 401 of a request without, or with a bad, token."""
    return Problem(
        401,
        "sign_in_needed",
        "This needs a signed-in user.",
        hint="Sign in and send the access token as `Authorization: Bearer …`.",
        headers={"WWW-Authenticate": 'Bearer realm="videoforge"'},
    )


def service_token_refused() -> Problem:
    return Problem(403, "service_token_refused", "Only VideoForge's own services may call this.")
