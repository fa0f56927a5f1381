"""Every error of a Flask service as an RFC 9457 problem: our own, Flask's, an outage of PostgreSQL, a bug."""

from typing import Final

from flask import Flask, Response, g, jsonify
from werkzeug.exceptions import HTTPException

from videoforge.logs import get_logger
from videoforge.problems import CONTENT_TYPE, Problem, unavailable
from videoforge_clients.errors import DatabaseUnavailable

_log = get_logger("API")
_KNOWN: Final[dict[int, tuple[str, str]]] = {
    404: ("route_not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not take this method."),
    413: ("body_too_large", "The body is too large."),
}


def install_problem_answers(app: Flask) -> None:
    """Put the error handlers on the app."""
    app.register_error_handler(Problem, answer_problem)
    app.register_error_handler(HTTPException, _answer_http_error)
    app.register_error_handler(DatabaseUnavailable, _answer_outage)
    app.register_error_handler(Exception, _answer_bug)


def answer_problem(problem: Problem) -> Response:
    """Return the problem as the answer of this request; `g.problem` keeps it for later hooks."""
    g.problem = problem
    response = jsonify(problem.to_dict(request_id=g.request_id))
    response.status_code = problem.status
    response.content_type = CONTENT_TYPE
    response.headers.extend(problem.headers)
    return response


def _answer_http_error(error: HTTPException) -> Response:
    status = error.code or 500
    code, detail = _KNOWN.get(status, ("bad_request", "The request cannot be understood."))
    allow = dict(error.get_headers()).get("Allow")
    return answer_problem(Problem(status, code, detail, headers={"Allow": allow} if allow else None))


def _answer_outage(error: DatabaseUnavailable) -> Response:
    _log.bind(category="DB").error("database unavailable", reason=str(error))
    return answer_problem(unavailable("database"))


def _answer_bug(error: Exception) -> Response:
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
