"""What job-service refuses, by name. All are videoforge.problems.Problem:

    Problem
    ├── 4xx  the caller or the file is at fault; trying again changes nothing
    ├── 503  a dependency is down; nothing was changed, try again
    └── 500  our own bug; logged with its request id

Features add their constructors beside their use cases; these are the ones that several share.
"""

from videoforge.problems import Problem, not_found, unavailable

__all__ = ["Problem", "not_found", "sign_in_needed", "unavailable"]


def sign_in_needed(detail: str = "This needs a signed-in user.") -> Problem:
    """Return the 401 of a request without, or with a bad, token or session."""
    return Problem(
        401,
        "sign_in_needed",
        detail,
        hint="Sign in and send the access token as `Authorization: Bearer …`, or use a browser session.",
        headers={"WWW-Authenticate": 'Bearer realm="videoforge"'},
    )
