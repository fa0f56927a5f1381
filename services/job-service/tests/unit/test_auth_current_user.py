"""Identifying the caller over HTTP, with all of auth in memory."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask, jsonify
from flask.testing import FlaskClient

from job_service.processes.app import create_app
from job_service.testing.auth import (
    MemoryAuthDatabase,
    MemorySignIns,
    TokenIssuer,
    build_test_settings,
    install_memory_auth,
)
from job_service.web.current_user import find_user, require_admin, require_user


@pytest.fixture(scope="module")
def app() -> Flask:
    app = create_app(build_test_settings())
    app.add_url_rule("/test/user", view_func=lambda: jsonify(require_user().user_id), endpoint="user")
    app.add_url_rule("/test/admin", view_func=lambda: jsonify(require_admin().user_id), endpoint="admin")
    app.add_url_rule("/test/anyone", view_func=lambda: jsonify(find_user() is None), endpoint="anyone")
    return app


@pytest.fixture
def sign_ins(app: Flask, issuer: TokenIssuer) -> MemorySignIns:
    database = install_memory_auth(app, issuer).database
    assert isinstance(database, MemoryAuthDatabase)
    assert isinstance(database.tx.sign_ins, MemorySignIns)
    return database.tx.sign_ins


@pytest.fixture
def client(app: Flask, sign_ins: MemorySignIns) -> FlaskClient:
    return app.test_client()


def test_a_good_token_names_its_user(client: FlaskClient, issuer: TokenIssuer) -> None:
    answer = client.get("/test/user", headers=issuer.build_headers("ann"))
    assert (answer.status_code, answer.json) == (200, "ann")


def test_no_token_is_401_where_a_user_is_required_and_anonymous_elsewhere(client: FlaskClient) -> None:
    assert client.get("/test/user").json["code"] == "sign_in_needed"
    assert client.get("/test/anyone").json is True


@pytest.mark.parametrize("header", ["Bearer x.y.z", "Bearer", "Basic YTpi", "Bearer " + "x" * 9000, ""])
def test_a_bad_token_is_401_even_where_sign_in_is_optional(client: FlaskClient, header: str) -> None:
    answer = client.get("/test/anyone", headers={"Authorization": header})
    assert (answer.status_code, answer.json["code"]) == (401, "sign_in_needed")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_only_admins_may_use_admin_routes(client: FlaskClient, issuer: TokenIssuer) -> None:
    assert client.get("/test/admin", headers=issuer.build_headers("ann")).json["code"] == "admin_only"
    admin = issuer.build_headers("root", groups=["user", "admin"])
    assert client.get("/test/admin", headers=admin).json == "root"


def test_a_revoked_sign_in_is_refused(
    client: FlaskClient, issuer: TokenIssuer, sign_ins: MemorySignIns
) -> None:
    headers = {"Authorization": f"Bearer {issuer.issue('ann', origin_jti='sign-in-1')}"}
    assert client.get("/test/user", headers=headers).status_code == 200
    sign_ins.revoked.add("sign-in-1")
    assert client.get("/test/user", headers=headers).status_code == 401


def test_a_sign_out_everywhere_ends_older_tokens_and_no_later_ones(
    client: FlaskClient, issuer: TokenIssuer, sign_ins: MemorySignIns
) -> None:
    now = datetime.now(UTC)
    sign_ins.signed_out["ann"] = now
    for age_seconds, status in ((5, 401), (0, 401), (-1, 200)):
        issued_at = int((now - timedelta(seconds=age_seconds)).timestamp())
        headers = {"Authorization": f"Bearer {issuer.issue('ann', iat=issued_at)}"}
        assert client.get("/test/user", headers=headers).status_code == status, age_seconds
