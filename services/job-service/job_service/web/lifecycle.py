"""Hooks around every request, in addition to videoforge_web.lifecycle: the JSON is checked, and the
answer gets the headers that browsers need.
"""

from typing import Final

from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import BadRequest, NotFound

from job_service.platform.metrics import REQUESTS
from job_service.web.documented import check_sign_in
from videoforge.problems import Code, Problem
from videoforge_web import lifecycle

#: The largest JSON body that makes sense: a batch of 100 jobs is about 20 KB.
MAX_BODY_BYTES: Final = 1024 * 1024
#: A processor's result lists every segment: six hours in four formats are 3 MB.
MAX_INTERNAL_BODY_BYTES: Final = 16 * 1024 * 1024

SECURITY_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def install_lifecycle(app: Flask) -> None:
    """Register the hooks and error handlers on the app."""
    lifecycle.install_lifecycle(app, metrics=REQUESTS, max_body_bytes=MAX_BODY_BYTES)
    app.before_request(_allow_large_results)
    app.before_request(_check_address)
    app.before_request(_check_json)
    app.after_request(_finish)


def _allow_large_results() -> None:
    if request.blueprint == "internal":
        request.max_content_length = MAX_INTERNAL_BODY_BYTES


def _check_address() -> None:
    """PostgreSQL's text type cannot hold NUL, so no id contains one."""
    if any("\0" in str(value) for value in (request.view_args or {}).values()):
        raise NotFound


def _check_json() -> None:
    """A body must be JSON and be declared as JSON; a form would bypass SpecTree's validation."""
    if request.method not in {"POST", "PUT", "PATCH"} or request.url_rule is None:
        return
    if not _has_body():
        # treated as {}, whatever its type: otherwise SpecTree would look for fields in a form
        request.environ["CONTENT_TYPE"] = ""
        return
    fault = _find_json_fault()
    if fault is not None:
        check_sign_in()
        raise fault


def _has_body() -> bool:
    """A chunked body does not declare its length."""
    return bool(request.content_length) or (request.content_length is None and bool(request.get_data()))


def _find_json_fault() -> Problem | None:
    if request.mimetype != "application/json":
        return Problem(Code.unsupported_media_type)
    try:
        body = request.get_json()
    except (BadRequest, RecursionError):  # brackets nested deeper than the parser allows
        return Problem(Code.invalid_json)
    if not isinstance(body, dict):
        return Problem(
            Code.validation_failed,
            detail="The body must be a JSON object.",
            hint="Put its fields between { and }.",
        )
    return None


def _finish(response: Response) -> Response:
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    _set_allowed_methods(response)
    _set_retry_after(response)
    return response


def _set_allowed_methods(response: Response) -> None:
    """Flask answers OPTIONS with the methods of all matching rules: /jobs/batch would get GET from
    /jobs/{id}, which finds nothing there."""
    if request.method != "OPTIONS" or request.url_rule is None or "Allow" not in response.headers:
        return
    rules = current_app.url_map.iter_rules()
    same = (rule.methods or set() for rule in rules if rule.rule == request.url_rule.rule)
    response.headers["Allow"] = ", ".join(sorted(set().union(*same)))


def _set_retry_after(response: Response) -> None:
    """Flask-Limiter sends Retry-After with every answer; it is meaningful only on refusals, and a
    problem's own value takes precedence. The rest of a minute is rounded, and at its end to 0: a
    client that obeys would be refused again."""
    problem: Problem | None = g.get("problem")
    if problem and (own := problem.headers.get("Retry-After")):
        response.headers["Retry-After"] = own
    elif response.status_code != 429:
        response.headers.pop("Retry-After", None)
    elif response.headers.get("Retry-After") == "0":
        response.headers["Retry-After"] = "1"
