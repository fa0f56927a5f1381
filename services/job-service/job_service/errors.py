"""What job-service refuses, by name. All are videoforge.problems.Problem:

    Problem
    ├── 4xx  the caller or the file is at fault; trying again changes nothing
    ├── 503  a dependency is down; nothing was changed, try again, unless it is not `retryable`
    └── 500  our own bug; logged with its request id

Features add their constructors beside their use cases; these are the ones that several share.
"""

from videoforge.problems import Problem, not_found, unavailable

__all__ = [
    "Problem",
    "not_found",
    "sign_in_needed",
    "store_access_denied",
    "store_bucket_missing",
    "unavailable",
]


def sign_in_needed(detail: str = "This needs a signed-in user.") -> Problem:
    """Return the 401 of a request without, or with a bad, token or session."""
    return Problem(
        401,
        "sign_in_needed",
        detail,
        hint="Sign in and send the access token as `Authorization: Bearer …`, or use a browser session.",
        headers={"WWW-Authenticate": 'Bearer realm="videoforge"'},
    )


def store_access_denied() -> Problem:
    """Return the 503 of a store that refuses our own keys: trying again mends nothing, the operator does."""
    return Problem(
        503,
        "store_access_denied",
        "The object store refuses the service's own access.",
        hint="Nothing was changed. Tell the operator: the service's keys or the bucket's policy are wrong.",
    )


def store_bucket_missing() -> Problem:
    """Return the 503 of a store without our bucket; the operator's to mend, too."""
    return Problem(
        503,
        "store_bucket_missing",
        "The object store does not have the bucket of this service.",
        hint="Nothing was changed. Tell the operator: `S3_BUCKET_NAME` or the region is wrong.",
    )
