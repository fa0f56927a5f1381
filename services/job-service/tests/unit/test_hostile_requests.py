"""Malformed requests are refused, and leave the connection usable for the next one."""

import io
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient

from job_service.platform.paging import PageStart
from job_service.processes.app import create_app
from job_service.testing.auth import TokenIssuer, build_test_settings, install_memory_auth
from job_service.web.cursor import read_cursor, write_cursor
from videoforge.problems import Problem


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    """A signed-in user's client: anonymous callers are refused first (test_auth_first.py)."""
    app, issuer = create_app(build_test_settings()), TokenIssuer()
    install_memory_auth(app, issuer)
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = issuer.build_headers("ann")["Authorization"]
    return client


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 20_000 + "1" + "}" * 20_000])
def test_json_nested_too_deeply_is_invalid_json(client: FlaskClient, text: str) -> None:
    answer = client.post("/api/auth/refresh", data=text, content_type="application/json")
    assert (answer.status_code, answer.json["code"]) == (400, "invalid_json")


@pytest.mark.parametrize("token", ["\0", "a\0b"])
def test_a_nul_is_reported_for_the_field_that_contains_it(client: FlaskClient, token: str) -> None:
    answer = client.post("/api/auth/refresh", json={"refresh_token": token})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == ["refresh_token"]


def test_a_nul_within_a_list_is_refused(client: FlaskClient) -> None:
    answer = client.post("/api/jobs", json={"video_id": "a", "output_formats": ["480p", "\0"]})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == ["output_formats"]


def test_a_nul_in_a_query_is_refused(client: FlaskClient) -> None:
    answer = client.get("/api/jobs?video_id=%00")
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "video_id")


def test_an_address_with_a_nul_is_404(client: FlaskClient) -> None:
    answer = client.get("/api/jobs/a%00b")
    assert (answer.status_code, answer.json["code"]) == (404, "route_not_found")


def test_a_cursor_with_a_nul_is_invalid() -> None:
    cursor = write_cursor(PageStart(created_at=datetime(2026, 1, 1, tzinfo=UTC), id="a\0b"))
    with pytest.raises(Problem) as refusal:
        read_cursor(cursor)
    assert refusal.value.code == "invalid_cursor"


@pytest.mark.parametrize(("path", "status"), [("/api/auth/refresh", 413), ("/api/nothing", 404)])
def test_a_refused_body_is_read_to_its_end(client: FlaskClient, path: str, status: int) -> None:
    body = io.BytesIO(b"x" * 1_100_000)
    answer = client.post(
        path,
        input_stream=body,
        content_type="application/json",
        content_length=1_100_000,
        environ_overrides={"wsgi.input_terminated": True},  # as gunicorn sets it
    )
    assert answer.status_code == status
    assert not body.read()


@pytest.mark.parametrize("text", ["null", "1", '"text"', "[]", "false"])
def test_json_that_is_not_an_object_is_refused_as_such(client: FlaskClient, text: str) -> None:
    answer = client.post("/api/auth/refresh", data=text, content_type="application/json")
    assert (answer.status_code, answer.json["code"]) == (422, "validation_failed")


@pytest.mark.parametrize(
    "content_type",
    ["application/x-www-form-urlencoded", "multipart/form-data", "application/json", "text/plain"],
)
def test_an_empty_body_is_an_empty_object_whatever_its_content_type(
    client: FlaskClient, content_type: str
) -> None:
    answer = client.post(
        "/api/auth/refresh", input_stream=io.BytesIO(), content_type=content_type, content_length=0
    )
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == ["refresh_token"]


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "text/plain", ""])
def test_a_chunked_body_must_be_json_too(client: FlaskClient, content_type: str) -> None:
    answer = client.post(
        "/api/auth/refresh",
        input_stream=io.BytesIO(b"refresh_token=x"),
        content_type=content_type,
        headers={"Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True, "CONTENT_LENGTH": ""},
    )
    assert (answer.status_code, answer.json["code"]) == (415, "unsupported_media_type")


def test_options_lists_only_the_methods_that_an_address_supports(client: FlaskClient) -> None:
    assert client.options("/api/jobs/batch").headers["Allow"] == "OPTIONS, POST"
    assert client.options("/api/gallery/videos/bulk").headers["Allow"] == "OPTIONS, POST"
    one = client.options("/api/gallery/videos/x").headers["Allow"]
    assert one == "DELETE, GET, HEAD, OPTIONS, PATCH, PUT"


def test_a_refusal_lists_a_limited_number_of_faults(client: FlaskClient) -> None:
    fields = {f"{number}{'x' * 300}": 0 for number in range(40)}
    answer = client.post("/api/auth/refresh", json=fields)
    assert answer.status_code == 422
    assert max(len(error["field"]) for error in answer.json["errors"]) == 200
    answer = client.post("/api/jobs/batch", json={"items": [{"a": 0, "b": 0}] * 100})
    assert len(answer.json["errors"]) == 50


def test_a_body_of_thousands_of_fields_is_refused_as_a_whole(client: FlaskClient) -> None:
    answer = client.post("/api/auth/refresh", json={str(number): 0 for number in range(60_000)})
    assert answer.status_code == 422
    assert answer.json["errors"] == [{"field": "body", "message": "must have at most 50 fields"}]
