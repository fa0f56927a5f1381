"""Headers of every answer: security headers, and CORS only for configured origins."""

import pytest
from flask.testing import FlaskClient

from job_service.processes.app import create_app
from job_service.testing.auth import build_test_settings

OTHER = "https://studio.example.org"
PREFLIGHT = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "content-type,x-videoforge-client",
}


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return create_app(build_test_settings()).test_client()


@pytest.fixture(scope="module")
def open_client() -> FlaskClient:
    return create_app(build_test_settings(cors_origins=f"{OTHER}/, https://b.example.org")).test_client()


@pytest.mark.parametrize("path", ["/api", "/api/docs", "/api/openapi.json", "/api/none", "/api/auth/me"])
def test_security_headers_are_on_every_answer(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "Server" not in headers


def test_an_answer_about_a_user_is_never_cached(client: FlaskClient) -> None:
    assert client.get("/api/auth/me").headers["Cache-Control"] == "no-store"


def test_no_other_origin_is_allowed_unless_configured(client: FlaskClient) -> None:
    answer = client.get("/api", headers={"Origin": OTHER})
    assert not [name for name in dict(answer.headers) if name.startswith("Access-Control")]
    preflight = client.options("/api/auth/login", headers={"Origin": OTHER} | PREFLIGHT)
    assert "Access-Control-Allow-Origin" not in preflight.headers


def test_a_configured_origin_may_call_with_its_cookie(open_client: FlaskClient) -> None:
    preflight = open_client.options("/api/auth/login", headers={"Origin": OTHER} | PREFLIGHT)
    assert preflight.status_code == 204
    assert preflight.headers["Access-Control-Allow-Origin"] == OTHER
    assert preflight.headers["Access-Control-Allow-Credentials"] == "true"
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
    assert "X-VideoForge-Client" in preflight.headers["Access-Control-Allow-Headers"]
    answer = open_client.get("/api/none", headers={"Origin": OTHER})
    assert answer.headers["Access-Control-Allow-Origin"] == OTHER
    assert "Origin" in answer.headers["Vary"]


@pytest.mark.parametrize(
    "origin", ["https://evil.example", f"{OTHER}.evil.example", OTHER.upper(), "null", f"{OTHER}:444", ""]
)
def test_an_origin_that_only_looks_similar_may_not(open_client: FlaskClient, origin: str) -> None:
    answer = open_client.get("/api", headers={"Origin": origin})
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "Origin" in answer.headers["Vary"]
    preflight = open_client.options("/api/auth/login", headers={"Origin": origin} | PREFLIGHT)
    assert "Access-Control-Allow-Origin" not in preflight.headers


def test_a_token_typed_into_the_docs_stays_on_the_page(client: FlaskClient) -> None:
    """Swagger UI would persist it in the local storage of the origin, which the web client
    shares."""
    assert "persistAuthorization: false" in client.get("/api/docs/start.js").text
