"""Every error of a Flask service as an RFC 9457 problem: our own, Flask's, a bug."""

from typing import Final

from flask import Flask, Response, g, jsonify
from werkzeug.exceptions import HTTPException

from videoforge.logs import get_logger
from videoforge.problems import CONTENT_TYPE, Code, Problem

_log = get_logger("API")
_KNOWN: Final = {404: Code.route_not_found, 405: Code.method_not_allowed, 413: Code.body_too_large}


def install_problem_answers(app: Flask) -> None:
    """Put the error handlers on the app."""
    app.register_error_handler(Problem, answer_problem)
    app.register_error_handler(HTTPException, _answer_http_error)
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
    response = answer_problem(Problem(_KNOWN.get(status, Code.bad_request), status=status))
    response.headers.extend({name: value for name, value in error.get_headers() if name == "Allow"})
    return response


def _answer_bug(error: Exception) -> Response:
    _log.error("unexpected error", exc_info=error)
    return answer_problem(Problem(Code.internal_error))
