"""What happens around every request of a Flask service: its id, log line, metric, headers and problem answer.

`X-Request-Id` comes from the edge or the calling service, or is made here; every log line, problem
and answer of the request carries it. A service adds its own checks with `before_request` and
`after_request` once `install_lifecycle` has run: they then start with a request id, and the log
line comes after them.
"""

import logging
import re
import time
import uuid
from contextlib import suppress
from functools import partial
from typing import Final

from flask import Flask, Response, g, request

from videoforge.logs import bind_context, clear_context, get_logger
from videoforge_web.problem_answers import install_problem_answers
from videoforge_web.request_metrics import RequestMetrics

_log = get_logger("API")
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9_.-]{8,64}")
#: As much as the edge lets through.
_MAX_UNREAD_BYTES: Final = 2 * 1024 * 1024
_READ_BYTES: Final = 64 * 1024
#: The blueprint that supervisors ask every few seconds; only an answer that is not 200 is worth a line.
_HEALTH: Final = "health"


def install_lifecycle(app: Flask, *, metrics: RequestMetrics, max_body_bytes: int) -> None:
    """Put the hooks and error handlers on the app, before any others."""
    app.config["MAX_CONTENT_LENGTH"] = max_body_bytes
    app.before_request(_start)
    app.after_request(partial(_finish, metrics=metrics))  # runs last: Flask reverses the order
    install_problem_answers(app)


def _start() -> None:
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
    g.started_at_seconds = time.perf_counter()
    clear_context()
    bind_context(request_id=g.request_id)


def _finish(response: Response, *, metrics: RequestMetrics) -> Response:
    _read_to_end()
    response.headers["X-Request-Id"] = g.request_id
    response.headers.setdefault("Cache-Control", "no-store")
    seconds = time.perf_counter() - g.started_at_seconds
    route = request.url_rule.rule if request.url_rule else "unknown"
    metrics.observe(route=route, method=request.method, status=response.status_code, seconds=seconds)
    is_quiet = request.blueprint == _HEALTH and response.status_code == 200
    _log.log(
        logging.DEBUG if is_quiet else logging.INFO,
        "request",
        method=request.method,
        route=route,
        path=request.path,
        status=response.status_code,
        duration_ms=round(seconds * 1000, 1),
    )
    return response


def _read_to_end() -> None:
    """Read the rest of the body. gunicorn closes a connection with more than 64 KiB left unread and
    does not announce it: the client, such as the edge, would send its next request, maybe another
    user's, into it and get no answer (one in eleven after a 413, measured 2026-11-20). A server
    that does not end its input where the body ends, as Werkzeug's own, would wait until the client
    gives up."""
    if not request.environ.get("wsgi.input_terminated"):
        return
    left_bytes = _MAX_UNREAD_BYTES
    with suppress(OSError):  # the client is gone
        while left_bytes > 0 and (read := request.environ["wsgi.input"].read(_READ_BYTES)):
            left_bytes -= len(read)
