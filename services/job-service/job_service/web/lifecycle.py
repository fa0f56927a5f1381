"""What happens around every request: its id, its JSON, its log line, its headers, its problem.

`X-Request-Id` comes from the edge or is made here; it is in every log line, problem and answer.
"""

import logging
import re
import time
import uuid
from contextlib import suppress
from typing import Any, Final

from flask import Flask, Response, current_app, g, jsonify, request
from werkzeug.exceptions import BadRequest, HTTPException, NotFound

from job_service.platform.metrics import observe_request
from job_service.web.documented import check_sign_in
from videoforge.logs import bind_context, clear_context, get_logger
from videoforge.problems import CONTENT_TYPE, Problem

_log = get_logger("API")
_REQUEST_ID = re.compile(r"[A-Za-z0-9_.-]{8,64}")

#: The largest JSON body that makes sense: a batch of 100 jobs is some 20 KB.
MAX_BODY_BYTES: Final = 1024 * 1024
#: A processor's result lists every segment: six hours in four formats are 3 MB.
MAX_INTERNAL_BODY_BYTES: Final = 16 * 1024 * 1024
#: As much as the edge lets through.
_MAX_UNREAD_BYTES: Final = 2 * 1024 * 1024
_READ_BYTES: Final = 64 * 1024
#: Asked every few seconds; only an answer that is not 200 is worth a line.
_CHECKS: Final = frozenset({"/api/health", "/api/ready"})

SECURITY_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def install_lifecycle(app: Flask) -> None:
    """Put the hooks and error handlers on the app."""
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.before_request(_begin)
    app.before_request(_check_address)
    app.before_request(_check_json)
    app.after_request(_finish)
    app.register_error_handler(Problem, answer_problem)
    app.register_error_handler(HTTPException, _answer_http_error)
    app.register_error_handler(Exception, _answer_bug)


def _begin() -> None:
    if request.blueprint == "internal":
        request.max_content_length = MAX_INTERNAL_BODY_BYTES
    shown = request.headers.get("X-Request-Id", "")
    g.request_id = shown if _REQUEST_ID.fullmatch(shown) else uuid.uuid4().hex
    g.began_at_seconds = time.perf_counter()
    g.retry_after = None
    clear_context()
    bind_context(request_id=g.request_id)


def _check_address() -> None:
    """PostgreSQL's text holds no NUL, so no id does."""
    if any("\0" in str(value) for value in (request.view_args or {}).values()):
        raise NotFound


def _check_json() -> None:
    """A body must be JSON and say so; a form would pass SpecTree's validation unseen."""
    if request.method not in {"POST", "PUT", "PATCH"} or request.url_rule is None:
        return
    if not _has_body():
        # the same as {}, whatever type it claims: SpecTree would look for fields in a form
        request.environ["CONTENT_TYPE"] = ""
        return
    fault = _find_json_fault()
    if fault is not None:
        check_sign_in()
        raise fault


def _has_body() -> bool:
    """One that comes in chunks does not say how long it is."""
    return bool(request.content_length) or (request.content_length is None and bool(request.get_data()))


def _find_json_fault() -> Problem | None:
    if request.mimetype != "application/json":
        return Problem(
            415,
            "unsupported_media_type",
            "The body must be JSON.",
            hint="Send `Content-Type: application/json`.",
        )
    try:
        body = request.get_json()
    except (BadRequest, RecursionError):  # brackets in brackets, deeper than the parser goes
        return Problem(
            400, "invalid_json", "The body is not JSON.", hint="Check quotes, commas and brackets."
        )
    if not isinstance(body, dict):
        return Problem(
            422,
            "validation_failed",
            "The body must be a JSON object.",
            hint="Put its fields between { and }.",
        )
    return None


def _read_to_end() -> None:
    """Read what nobody has read of the body. gunicorn closes a connection with more than 64 KiB left and does
    not say so: the edge would send its next request, maybe another user's, into it and get no answer (one in
    eleven after a 413, measured 2026-11-20). A server that does not end its input where the body ends, as
    Werkzeug's own, would be waited for until the client gives up."""
    if not request.environ.get("wsgi.input_terminated"):
        return
    left_bytes = _MAX_UNREAD_BYTES
    with suppress(OSError):  # whoever sends it is gone
        while left_bytes > 0 and (read := request.environ["wsgi.input"].read(_READ_BYTES)):
            left_bytes -= len(read)


def _finish(response: Response) -> Response:
    _read_to_end()
    response.headers["X-Request-Id"] = g.request_id
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    _name_methods(response)
    _tell_when_to_retry(response)
    seconds = time.perf_counter() - g.began_at_seconds
    route = request.url_rule.rule if request.url_rule else "unknown"
    observe_request(route=route, method=request.method, status=response.status_code, seconds=seconds)
    is_check = request.path in _CHECKS and response.status_code == 200
    _log.log(
        logging.DEBUG if is_check else logging.INFO,
        "request",
        method=request.method,
        route=route,
        path=request.path,
        status=response.status_code,
        duration_ms=round(seconds * 1000, 1),
    )
    return response


def _name_methods(response: Response) -> None:
    """Flask answers OPTIONS with the methods of all rules that fit: /jobs/batch would have GET from
    /jobs/{id}, which finds nothing there."""
    if request.method != "OPTIONS" or request.url_rule is None or "Allow" not in response.headers:
        return
    rules = current_app.url_map.iter_rules()
    same = (rule.methods or set() for rule in rules if rule.rule == request.url_rule.rule)
    response.headers["Allow"] = ", ".join(sorted(set().union(*same)))


def _tell_when_to_retry(response: Response) -> None:
    """Flask-Limiter sends Retry-After with every answer; only its refusals mean it, and a problem's own goes
    before. What is left of a minute is rounded, at its end to 0: whoever obeys would be refused again."""
    if own := g.retry_after:
        response.headers["Retry-After"] = own
    elif response.status_code != 429:
        response.headers.pop("Retry-After", None)
    elif response.headers.get("Retry-After") == "0":
        response.headers["Retry-After"] = "1"


def answer_problem(problem: Problem) -> Response:
    """Return the answer that tells of the problem."""
    g.retry_after = problem.headers.get("Retry-After")
    response = jsonify(problem.to_dict(request_id=g.request_id))
    response.status_code = problem.status
    response.content_type = CONTENT_TYPE
    response.headers.extend(problem.headers)
    return response


def _answer_http_error(error: HTTPException) -> Response | HTTPException:
    if error.response is not None and error.code is None:
        return error  # an abort() with a finished response
    known: dict[int, tuple[str, str]] = {
        404: ("route_not_found", "There is nothing at this address."),
        405: ("method_not_allowed", "This address does not take this method."),
        413: ("body_too_large", "The body is too large."),
    }
    code, detail = known.get(error.code or 500, ("bad_request", "The request cannot be understood."))
    headers = dict(error.get_headers()) if error.code == 405 else {}
    return answer_problem(
        Problem(
            error.code or 500,
            code,
            detail,
            headers={"Allow": headers["Allow"]} if "Allow" in headers else None,
        )
    )


def _answer_bug(error: Exception) -> Any:
    _log.error("unexpected error", exc_info=error)
    return answer_problem(
        Problem(
            500,
            "internal_error",
            "Something went wrong on our side.",
            hint="Try again; if it stays, tell the operator the request id.",
            retryable=True,
        )
    )
