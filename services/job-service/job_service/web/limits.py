"""Rate limits: Flask-Limiter's counters in Redis, shared by all workers and processes.

Sign-in routes: 5 a minute for each account, address and route, successful or not, so that parallel
guesses count too. Wrong second-factor codes: 20 an hour per account, from any address. Upload
grants: 30 a minute per user; inspections of uploaded files: 60. Overall: 600 a minute per user, or
per address for anonymous requests; media requests of a player count for their playback token.
Without Redis each process counts on its own until it is back. Health checks and calls between
services are not counted.
"""

import hashlib
from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

from flask import Flask, Response, request
from flask_limiter import Limiter
from flask_limiter.errors import RateLimitExceeded
from werkzeug.middleware.proxy_fix import ProxyFix

from job_service.settings import Settings
from job_service.web.current_user import find_user
from job_service.web.documented import UNCOUNTED
from videoforge.problems import Code, Problem
from videoforge_web.addresses import name_network
from videoforge_web.problem_answers import answer_problem

SIGN_IN_LIMIT: Final = "5 per minute"
#: Three of a million authenticator codes are valid at any time.
WRONG_CODE_LIMIT: Final = "20 per hour"
UPLOAD_GRANT_LIMIT: Final = "30 per minute"
#: Each fetches up to 256 MiB and runs ffprobe; one confirm and one inspection for each grant.
INSPECTION_LIMIT: Final = "60 per minute"
TOTAL_LIMIT: Final = "600 per minute"
_REFUSED_CODES: Final = frozenset({Code.code_mismatch.name, Code.wrong_password.name})
_UNCOUNTED: Final = ("/internal/", *UNCOUNTED)
#: If Redis takes longer than this, the process counts on its own.
_REDIS_SECONDS: Final = 0.5

View = TypeVar("View", bound=Callable[..., Any])


def get_address() -> str:
    """Return the client's address: the last hop of X-Forwarded-For, which our edge proxy wrote."""
    return request.remote_addr or "unknown"


def name_rate_limit_key() -> str:
    """Return the key that a request counts for: the playback token, the user, or the network of the
    address."""
    parts = request.path.split("/")
    if parts[1] == "media" and len(parts) > 2:
        return "media:" + hashlib.sha256(parts[2].encode()).hexdigest()
    user_id = _find_user_id()
    return f"user:{user_id}" if user_id else f"address:{name_network(get_address())}"


def name_account_and_address() -> str:
    """Return the pair that sign-in routes count for; if the request has no email, the user is the
    account."""
    body = request.get_json(silent=True)
    email = body.get("email") if isinstance(body, dict) else None
    account = email.strip().lower() if isinstance(email, str) else f"user:{_find_user_id()}"
    # hashed, so that a client cannot choose a key's length, and no email is stored in Redis
    digest = hashlib.sha256(account.encode()).hexdigest()
    return f"{digest}:{name_network(get_address())}"


def name_account() -> str:
    """Return the account whose second factor a request concerns, from any address."""
    return name_account_and_address().partition(":")[0]


limiter = Limiter(
    name_rate_limit_key,
    application_limits=[TOTAL_LIMIT],
    headers_enabled=True,
    strategy="fixed-window",
    # no list of fallback limits: one would replace every route's own
    in_memory_fallback_enabled=True,
    key_prefix="videoforge",
)


def limit_sign_in(view: View) -> View:
    """Apply the limit of sign-in routes to a view; goes under `@documented`."""
    return cast(View, limiter.limit(SIGN_IN_LIMIT, key_func=name_account_and_address)(view))


def limit_wrong_codes(view: View) -> View:
    """Limit rejected codes and passwords of an account, one counter for all such views. At auth/mfa
    this point is reached only after the password, so an attacker cannot lock others out."""
    return cast(
        View,
        limiter.shared_limit(
            WRONG_CODE_LIMIT, scope="wrong-codes", key_func=name_account, deduct_when=_is_refused_code
        )(view),
    )


def limit_upload_grants(view: View) -> View:
    """Apply the limit of upload grants to a view, one counter per user for all such views."""
    return cast(View, limiter.shared_limit(UPLOAD_GRANT_LIMIT, scope="upload-grants")(view))


def limit_inspections(view: View) -> View:
    """Apply the limit of inspections of uploaded files to a view, one counter per user for all such
    views."""
    return cast(View, limiter.shared_limit(INSPECTION_LIMIT, scope="inspections")(view))


def install_limits(app: Flask, *, settings: Settings) -> None:
    """Count the app's requests; call it after `install_lifecycle`, whose request id the refusals
    carry."""
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=0)  # type: ignore[method-assign]
    app.config["RATELIMIT_STORAGE_URI"] = f"redis://{settings.redis_host}:{settings.redis_port}/0"
    app.config["RATELIMIT_STORAGE_OPTIONS"] = {
        "socket_timeout": _REDIS_SECONDS,
        "socket_connect_timeout": _REDIS_SECONDS,
    }
    limiter.init_app(app)
    app.register_error_handler(RateLimitExceeded, _answer_limit)


@limiter.request_filter
def _is_uncounted() -> bool:
    return request.path.startswith(_UNCOUNTED) or request.method == "OPTIONS"


def _answer_limit(_error: RateLimitExceeded) -> Response:
    """Flask-Limiter adds Retry-After with the seconds until the window ends."""
    return answer_problem(Problem(Code.rate_limited))


def _is_refused_code(response: Response) -> bool:
    """A wrong code or password, as opposed to an invalid body."""
    problem = response.get_json(silent=True) if response.status_code == 422 else None
    return isinstance(problem, dict) and problem.get("code") in _REFUSED_CODES


def _find_user_id() -> str | None:
    """A bad sign-in counts for its address; the view reports what is wrong with it."""
    try:
        caller = find_user()
    except Problem:
        return None
    return caller.user_id if caller else None
