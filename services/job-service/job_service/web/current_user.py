"""The caller, for views: `require_user`, `find_user`, `require_admin`.

It is determined once per request. A bad token is 401 everywhere, even where sign-in is optional: a
request that looks signed in must not silently become an anonymous one. A bearer token takes
precedence over a cookie.
"""

from typing import Final, Literal

from flask import request

from job_service.auth.caller import Caller
from job_service.auth.identify_caller import identify_bearer, identify_session
from job_service.web.services import get_services
from job_service.web.session_cookie import clear_cookie, find_secret, refuse_foreign_change
from videoforge.logs import bind_context
from videoforge.problems import Code, Problem

#: Who may use a route. With `optional`, a bad session is still an error.
Access = Literal["public", "user", "optional", "admin"]

#: The result is stored in the request itself and not in flask.g, which nested contexts share.
_FOUND: Final = "videoforge.caller"


def find_user() -> Caller | None:
    """Return the caller, or None when the request carries no sign-in. Raises Problem 401 for a bad
    one."""
    if _FOUND not in request.environ:
        try:
            request.environ[_FOUND] = _identify()
        except Problem as problem:
            request.environ[_FOUND] = problem
    found: Caller | Problem | None = request.environ[_FOUND]
    if isinstance(found, Problem):
        raise found
    return found


def require_user() -> Caller:
    """Return the caller. Raises Problem 401 `sign_in_needed`."""
    caller = find_user()
    if caller is None:
        raise Problem(Code.sign_in_needed)
    return caller


def require_admin() -> Caller:
    """Return the caller, who is in the group `admin`. Raises Problem 401, or 403 `admin_only`."""
    caller = require_user()
    if not caller.is_admin:
        raise Problem(Code.admin_only)
    return caller


def check_access(access: Access) -> None:
    """Return if the caller may use such a route. Raises Problem 401 or 403."""
    if access == "admin":
        require_admin()
    elif access == "user":
        require_user()
    elif access == "optional":
        find_user()


def _identify() -> Caller | None:
    authorization = request.headers.get("Authorization")
    if authorization is None:
        return _identify_browser()
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Problem(
            Code.sign_in_needed,
            detail="The Authorization header must be `Bearer` followed by an access token.",
        )
    return _bind_to_log(identify_bearer(get_services().auth, token=token.strip()))


def _identify_browser() -> Caller | None:
    """Clear an expired cookie, so that the next request is anonymous."""
    secret = find_secret()
    if secret is None:
        return None
    refuse_foreign_change()
    try:
        return _bind_to_log(identify_session(get_services().auth, secret=secret))
    except Problem as problem:
        if problem.status == 401:
            clear_cookie()
        raise


def _bind_to_log(caller: Caller) -> Caller:
    """Add the user to every log line of this request."""
    bind_context(user_id=caller.user_id)
    return caller
