"""Who is asking, for views: `require_user`, `find_user`, `require_admin`.

The answer is found once per request. A bad token is 401 everywhere, also where nobody need sign in: what
looks like a signed-in request must not silently become an anonymous one.
"""

from flask import g, request

from job_service.domain.caller import Caller
from job_service.errors import Problem, sign_in_needed
from job_service.routes.parts import get_parts
from job_service.use_cases.auth.identify_caller import identify_bearer
from videoforge.logs import bind_context


def find_user() -> Caller | None:
    """Return the caller, or None when the request shows no sign-in. Raises Problem 401 for a bad one."""
    if "caller" not in g:
        g.caller = _identify()
        if g.caller is not None:
            bind_context(user_id=g.caller.user_id)
    caller: Caller | None = g.caller
    return caller


def require_user() -> Caller:
    """Return the caller. Raises Problem 401 `sign_in_needed`."""
    caller = find_user()
    if caller is None:
        raise sign_in_needed()
    return caller


def require_admin() -> Caller:
    """Return the caller, who is in group `admin`. Raises Problem 401, or 403 `admin_only`."""
    caller = require_user()
    if not caller.is_admin:
        raise Problem(403, "admin_only", "This is for administrators.", hint="Ask an administrator.")
    return caller


def _identify() -> Caller | None:
    authorization = request.headers.get("Authorization")
    if authorization is None:
        return None
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise sign_in_needed("The Authorization header must be `Bearer` and an access token.")
    return identify_bearer(get_parts().auth, token=token.strip())
