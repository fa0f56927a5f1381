"""Rate limits without Redis: each process then counts on its own, under the same limits."""

import itertools
from typing import Any

import pytest
from flask import Flask, Response, jsonify
from flask.testing import FlaskClient

from job_service.processes.app import create_app
from job_service.testing.auth import TokenIssuer, build_test_settings, install_memory_auth
from job_service.web.lifecycle import _set_retry_after
from job_service.web.limits import get_address, limit_upload_grants
from videoforge.problems import Code, Problem

_ADDRESSES = itertools.count(1)


@pytest.fixture(scope="module")
def app(issuer: TokenIssuer) -> Flask:
    app = create_app(build_test_settings())
    install_memory_auth(app, issuer)

    def answer() -> Any:
        return jsonify(get_address())

    def refuse() -> Any:
        raise Problem(Code.store_unavailable, retry_after_seconds=7)

    app.add_url_rule("/test/down", view_func=refuse)

    for name in ("/test/plain", "/internal/test", "/media/<token>/test"):
        app.add_url_rule(name, endpoint=name, view_func=lambda **_values: answer())
    for name in ("/test/grant-one", "/test/grant-many"):

        def grant() -> Any:
            return answer()

        grant.__name__ = name.rsplit("/", 1)[-1].replace("-", "_")
        app.add_url_rule(name, endpoint=name, view_func=limit_upload_grants(grant))
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = f"10.1.{next(_ADDRESSES)}.1"
    return client


def guess(client: FlaskClient, *, email: str = "ann@example.org", address: str | None = None) -> Any:
    headers = {"X-Forwarded-For": address} if address else None
    body = {"email": email, "password": "Wrong-Horse-7"}
    return client.post("/api/auth/login", json=body, headers=headers)


def test_the_sixth_attempt_in_a_minute_is_refused_with_the_time_to_wait(client: FlaskClient) -> None:
    assert [guess(client).status_code for _ in range(5)] == [401] * 5
    refused = guess(client)
    assert (refused.status_code, refused.json["code"]) == (429, "rate_limited")
    assert refused.content_type == "application/problem+json"
    assert refused.json["retryable"] is True
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert refused.json["request_id"] == refused.headers["X-Request-Id"]


def test_an_answer_that_is_not_a_refusal_has_no_retry_after(client: FlaskClient) -> None:
    assert "Retry-After" not in client.get("/test/plain").headers
    assert "Retry-After" not in guess(client).headers


def test_a_problems_own_retry_after_takes_precedence(client: FlaskClient) -> None:
    assert client.get("/test/down").headers.getlist("Retry-After") == ["7"]


def test_no_client_is_told_to_retry_immediately(app: Flask) -> None:
    # as Flask-Limiter sends it at a minute's end
    refusal = Response(status=429, headers={"Retry-After": "0"})
    with app.test_request_context():
        _set_retry_after(refusal)
    assert refusal.headers["Retry-After"] == "1"


def test_the_limit_is_for_the_pair_of_account_and_address(client: FlaskClient) -> None:
    for _ in range(5):
        guess(client, address="192.0.2.1")
    assert guess(client, address="192.0.2.1").status_code == 429
    assert guess(client, address="192.0.2.2").status_code == 401
    assert guess(client, email="bob@example.org", address="192.0.2.1").status_code == 401


def test_another_spelling_of_the_account_is_the_same_account(client: FlaskClient) -> None:
    spellings = ["ann@example.org", "ANN@example.org", " ann@example.org "] * 2
    assert [guess(client, email=email).status_code for email in spellings] == [401] * 5 + [429]


def test_another_address_of_the_same_ipv6_network_is_the_same(client: FlaskClient) -> None:
    codes = [guess(client, address=f"2001:db8::{number}").status_code for number in range(1, 7)]
    assert codes == [401] * 5 + [429]
    assert guess(client, address="2001:db8:0:1::1").status_code == 401


def test_the_address_is_the_last_hop_that_the_edge_wrote(client: FlaskClient) -> None:
    answer = client.get("/test/plain", headers={"X-Forwarded-For": "203.0.113.9, 192.0.2.77"})
    assert answer.json == "192.0.2.77"
    codes = [guess(client, address=f"203.0.113.{number}, 192.0.2.78").status_code for number in range(6)]
    assert codes[-1] == 429


def test_upload_grants_of_a_user_count_together(client: FlaskClient, issuer: TokenIssuer) -> None:
    ann, bob = issuer.build_headers("grant-ann"), issuer.build_headers("grant-bob")
    codes = [
        client.get(f"/test/grant-{kind}", headers=ann).status_code for kind in ["one", "many"] * 15 + ["one"]
    ]
    assert codes == [200] * 30 + [429]
    assert client.get("/test/grant-one", headers=bob).status_code == 200


def test_all_requests_of_a_user_are_limited_to_600_a_minute_from_any_address(
    client: FlaskClient, issuer: TokenIssuer
) -> None:
    headers = issuer.build_headers("busy")
    codes = [
        client.get(
            "/test/plain", headers=headers | {"X-Forwarded-For": f"198.51.100.{number % 200}"}
        ).status_code
        for number in range(601)
    ]
    assert codes == [200] * 600 + [429]
    assert client.get("/test/plain").status_code == 200


def test_calls_between_services_and_health_are_not_counted(client: FlaskClient) -> None:
    for path in ("/internal/test", "/api/health"):
        assert {client.get(path).status_code for _ in range(650)} == {200}


def test_media_requests_of_a_player_count_for_its_token(client: FlaskClient) -> None:
    assert {client.get("/media/one/test").status_code for _ in range(600)} == {200}
    assert client.get("/media/one/test").status_code == 429
    assert client.get("/media/two/test").status_code == 200
