"""Authorisation comes first: callers without access are refused before anything is said about the
request."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from job_service.processes.app import create_app
from job_service.processes.openapi import describe_api
from job_service.testing.auth import TokenIssuer, build_test_settings, install_memory_auth

ISSUER = TokenIssuer()


@pytest.fixture(scope="module")
def app() -> Flask:
    app = create_app(build_test_settings())
    install_memory_auth(app, ISSUER)
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def list_guarded() -> list[tuple[str, str]]:
    """Return (method, address) of every route that requires a sign-in, with ids that do not
    exist."""
    return [
        (method.upper(), path.replace("{", "").replace("}", ""))
        for path, operations in describe_api()["paths"].items()
        for method, operation in operations.items()
        if operation.get("security") and {} not in operation["security"]
    ]


@pytest.mark.parametrize(("method", "path"), list_guarded())
def test_without_a_sign_in_every_wrong_request_is_401(client: FlaskClient, method: str, path: str) -> None:
    body = {"surprise": 1} if method in {"POST", "PUT", "PATCH"} else None
    answer = client.open(f"{path}?limit=wide", method=method, json=body)
    assert (answer.status_code, answer.json["code"]) == (401, "sign_in_needed")


@pytest.mark.parametrize(
    "sent", [{"json": []}, {"data": "{", "content_type": "application/json"}, {"data": {"a": "form"}}]
)
def test_without_a_sign_in_a_body_that_is_not_a_json_object_is_401_too(
    client: FlaskClient, sent: dict[str, Any]
) -> None:
    assert client.post("/api/jobs", **sent).json["code"] == "sign_in_needed"
    assert client.post("/api/auth/login", **sent).status_code in {400, 415, 422}


def test_a_change_from_another_sites_page_is_refused_before_its_fields_are_read(client: FlaskClient) -> None:
    client.set_cookie("videoforge_session", "x")
    answer = client.post("/api/jobs", json={"surprise": 1})
    assert (answer.status_code, answer.json["code"]) == (403, "csrf_refused")
    answer = client.post("/api/jobs", json={"surprise": 1}, headers={"Idempotency-Key": "a key"})
    assert answer.json["code"] == "csrf_refused"


def test_a_user_learns_nothing_about_what_administrators_may_send(client: FlaskClient) -> None:
    path = "/api/admin/jobs/any"
    for groups, status, code in (([], 403, "admin_only"), (["admin"], 422, "validation_failed")):
        headers = ISSUER.build_headers("ann", groups=groups)
        answer = client.patch(path, json={"surprise": 1}, headers=headers)
        assert (answer.status_code, answer.json["code"]) == (status, code)


def test_a_bad_token_is_refused_first_even_where_sign_in_is_optional(client: FlaskClient) -> None:
    answer = client.get("/api/gallery/videos?limit=wide", headers={"Authorization": "Bearer x"})
    assert answer.status_code == 401
    assert client.get("/api/gallery/videos?limit=wide").status_code == 422
