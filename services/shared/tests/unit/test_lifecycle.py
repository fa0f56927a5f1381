"""What happens around every request of a Flask service, on a service of three routes."""

import io
from typing import Any

import pytest
from flask import Blueprint, Flask, Response
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from videoforge.problems import Code, Problem
from videoforge_clients.errors import DatabaseUnavailable
from videoforge_web.lifecycle import install_lifecycle
from videoforge_web.request_metrics import RequestMetrics

MAX_BODY_BYTES = 1000


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def app(registry: CollectorRegistry) -> Flask:
    app = Flask("service")
    install_lifecycle(app, metrics=RequestMetrics(registry), max_body_bytes=MAX_BODY_BYTES)
    health = Blueprint("health", __name__)
    health.add_url_rule("/health", view_func=lambda: {"status": "ok"})
    app.register_blueprint(health)
    app.add_url_rule("/videos/<video_id>", view_func=lambda video_id: {"id": video_id}, endpoint="video")
    app.add_url_rule("/fail", view_func=fail, methods=["GET", "POST"])
    return app


def fail() -> Response:
    raise RuntimeError("secret detail")


def list_requests(lines: Any) -> list[dict[str, Any]]:
    return [dict(line) for line in lines if line["event"] == "request"]


def test_a_refusal_by_the_services_own_hook_has_its_request_id_its_line_and_its_metric(
    app: Flask, registry: CollectorRegistry
) -> None:
    def refuse() -> None:
        raise Problem(Code.sign_in_needed)

    app.before_request(refuse)
    with capture_logs() as lines:
        answer = app.test_client().get("/videos/1", headers={"X-Request-Id": "edge-12345"})
    assert answer.status_code == 401
    assert answer.headers["X-Request-Id"] == answer.json["request_id"] == "edge-12345"
    [line] = list_requests(lines)
    assert (line["route"], line["status"], line["log_level"]) == ("/videos/<video_id>", 401, "info")
    labels = {"route": "/videos/<video_id>", "method": "GET", "status": "401"}
    assert registry.get_sample_value("videoforge_http_request_seconds_count", labels) == 1


def test_the_line_says_what_the_services_own_hook_made_of_the_answer(app: Flask) -> None:
    def change(response: Response) -> Response:
        response.status_code = 202
        return response

    app.after_request(change)
    with capture_logs() as lines:
        app.test_client().get("/videos/1")
    assert [line["status"] for line in list_requests(lines)] == [202]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [("/nothing", 404, "route_not_found"), ("/fail", 500, "internal_error")],
)
def test_what_flask_refuses_and_a_bug_are_problems(app: Flask, path: str, status: int, code: str) -> None:
    answer = app.test_client().get(path)
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert answer.content_type == "application/problem+json"
    assert "secret detail" not in answer.text


def test_a_database_that_is_down_is_a_503_that_says_when_to_retry(app: Flask) -> None:
    def ask() -> None:
        raise DatabaseUnavailable

    app.before_request(ask)
    answer = app.test_client().get("/videos/1")
    assert (answer.status_code, answer.json["code"]) == (503, "database_unavailable")
    assert int(answer.headers["Retry-After"]) > 0


def test_a_healthy_check_is_no_event_and_a_failed_one_is(app: Flask) -> None:
    with capture_logs() as lines:
        app.test_client().get("/health")
        app.view_functions["health.<lambda>"] = lambda: ({"status": "unavailable"}, 503)
        app.test_client().get("/health")
    assert [line["log_level"] for line in list_requests(lines)] == ["debug", "info"]


@pytest.mark.parametrize(("is_terminated", "left_bytes"), [(True, 0), (False, 500)])
def test_a_body_that_no_view_reads_is_read_where_the_server_ends_it(
    app: Flask, is_terminated: bool, left_bytes: int
) -> None:
    body = io.BytesIO(b"x" * 500)
    app.test_client().post(
        "/fail",
        input_stream=body,
        content_length=500,
        environ_overrides={"wsgi.input_terminated": is_terminated},
    )
    assert len(body.read()) == left_bytes
