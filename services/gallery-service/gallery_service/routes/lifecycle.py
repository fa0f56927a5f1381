"""What happens around every request: its id, the service token, its log line, its problem.

`X-Request-Id` comes from job-service or is made here; it is in every log line, problem and answer.
"""

import logging
import re
import time
import uuid
from typing import Final

from flask import Flask, Response, g, jsonify, request
from werkzeug.exceptions import HTTPException

from gallery_service.adapters.metrics import observe_request
from gallery_service.errors import service_token_refused
from gallery_service.ports import StoreUnavailable
from gallery_service.routes.parts import get_parts
from videoforge.logs import bind_context, clear_context, get_logger
from videoforge.problems import CONTENT_TYPE, Problem, unavailable
from videoforge.service_tokens import HEADER

_log = get_logger("API")
_REQUEST_ID = re.compile(r"[A-Za-z0-9_.-]{8,64}")
#: Asked by supervisors, which have no token and learn nothing.
_OPEN_PATHS: Final = {"/health", "/ready"}
#: Asked every few seconds; only an answer that is not 200 is worth a line.
_CHECKS: Final = _OPEN_PATHS
#: A title, a description of 5000 characters and 30 tags are some 30 KB, a change of many 4 KB.
MAX_BODY_BYTES: Final = 256 * 1024


def install_lifecycle(app: Flask) -> None:
    """Put the hooks and error handlers on the app."""
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.before_request(_begin)
    app.before_request(_check_service)
    app.after_request(_finish)
    app.register_error_handler(Problem, _answer_problem)
    app.register_error_handler(HTTPException, _answer_http_error)
    app.register_error_handler(StoreUnavailable, _answer_outage)
    app.register_error_handler(Exception, _answer_bug)


def _begin() -> None:
    shown = request.headers.get("X-Request-Id", "")
    g.request_id = shown if _REQUEST_ID.fullmatch(shown) else uuid.uuid4().hex
    g.began_at_seconds = time.perf_counter()
    clear_context()
    bind_context(request_id=g.request_id)


def _check_service() -> None:
    """Asked before the address is looked at, so that a stranger does not learn which ones there are."""
    if request.path in _OPEN_PATHS:
        return
    if not get_parts().service_tokens.is_accepted(request.headers.get(HEADER)):
        raise service_token_refused()


def _finish(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.request_id
    response.headers.setdefault("Cache-Control", "no-store")
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


def _answer_problem(problem: Problem) -> Response:
    response = jsonify(problem.to_dict(request_id=g.request_id))
    response.status_code = problem.status
    response.content_type = CONTENT_TYPE
    response.headers.extend(problem.headers)
    return response


def _answer_http_error(error: HTTPException) -> Response:
    known: dict[int, tuple[str, str]] = {
        404: ("route_not_found", "There is nothing at this address."),
        405: ("method_not_allowed", "This address does not take this method."),
        413: ("body_too_large", "The body is too large."),
    }
    status = error.code or 500
    code, detail = known.get(status, ("bad_request", "The request cannot be understood."))
    allow = dict(error.get_headers()).get("Allow")
    return _answer_problem(Problem(status, code, detail, headers={"Allow": allow} if allow else None))


def _answer_outage(error: StoreUnavailable) -> Response:
    _log.bind(category="DB").error("the database does not answer", reason=str(error))
    return _answer_problem(unavailable("database"))


def _answer_bug(error: Exception) -> Response:
    _log.error("unexpected error", exc_info=error)
    return _answer_problem(
        Problem(
            500,
            "internal_error",
            "Something went wrong on our side.",
            hint="Try again; if it stays, tell the operator the request id.",
            retryable=True,
        )
    )
