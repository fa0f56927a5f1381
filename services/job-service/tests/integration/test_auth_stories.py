"""Accounts and sign-in over HTTP, with the real user pool (MiniStack), PostgreSQL and Redis."""

import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from infra.local.provisioning.aws import AwsAccess
from job_service.processes.app import create_app
from job_service.testing.auth import build_test_settings
from job_service.web.services import EXTENSION, Services
from tests.servers.databases import PostgresServer, RedisServer
from tests.servers.fixtures import CognitoPool, MailCatcher
from tests.servers.processes import LocalProcess

pytestmark = pytest.mark.integration

PASSWORD = "Correct-Horse-7"
NEW_PASSWORD = "Better-Horse-8"
#: A route that does not call the user pool: anything refused there is refused by us.
LOCAL = "/api/auth/sessions"
WEB = {"X-VideoForge-Client": "web", "Origin": "http://localhost:8080"}


@pytest.fixture
def auth_values(
    ministack: AwsAccess,
    cognito_pool: CognitoPool,
    postgres_server: PostgresServer,
    jobs_database: str,
    redis_server: RedisServer,
    monkeypatch: pytest.MonkeyPatch,
) -> dict[str, Any]:
    """Settings of a job-service whose auth uses the real servers."""
    for name, value in ministack.environment().items():
        monkeypatch.setenv(name, value)
    return {
        "aws_endpoint_url": ministack.endpoint_url,
        "cognito_user_pool_id": cognito_pool.pool_id,
        "cognito_client_id": cognito_pool.client_id,
        "cognito_region": cognito_pool.region,
        "cognito_jwks_url": cognito_pool.jwks_url,
        "db_host": postgres_server.host,
        "db_port": postgres_server.port,
        "db_user": postgres_server.user,
        "db_password": postgres_server.password,
        "db_name": jobs_database,
        "redis_host": redis_server.host,
        "redis_port": redis_server.port,
    }


@pytest.fixture
def app(auth_values: dict[str, Any]) -> Iterator[Flask]:
    app = create_app(build_test_settings(**auth_values))
    yield app
    get_services_of(app).platform.database.engine.dispose()
    get_services_of(app).platform.redis.close()


def get_services_of(app: Flask) -> Services:
    services: Services = app.extensions[EXTENSION]
    return services


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def email() -> str:
    return f"{uuid.uuid4().hex}@example.org"


@pytest.fixture
def user_id(client: FlaskClient, email: str, mail_catcher: MailCatcher) -> str:
    made = client.post("/api/auth/register", json={"email": email, "password": PASSWORD})
    assert made.status_code == 201, made.json
    code = mail_catcher.await_code(email)
    confirmed = client.post("/api/auth/confirm", json={"email": email, "code": code})
    assert confirmed.status_code == 204, confirmed.json
    return str(made.json["user_id"])


def sign_in(
    client: FlaskClient, email: str, *, password: str = PASSWORD, headers: dict[str, str] | None = None
) -> Any:
    return client.post("/api/auth/login", json={"email": email, "password": password}, headers=headers)


def bearer(answer: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {answer.json['access_token']}"}


def test_an_api_client_registers_uses_a_second_factor_changes_its_password_and_signs_out(
    client: FlaskClient, email: str, mail_catcher: MailCatcher
) -> None:
    made = client.post("/api/auth/register", json={"email": email, "password": PASSWORD})
    assert made.json["confirmed"] is False
    wrong = client.post("/api/auth/confirm", json={"email": email, "code": "123456"})
    assert wrong.json["code"] == "code_mismatch"
    code = mail_catcher.await_code(email)
    assert client.post("/api/auth/confirm", json={"email": email, "code": code}).status_code == 204

    first = sign_in(client, email)
    assert first.status_code == 200, first.json
    # the token was issued before its user joined the group; the next one includes it
    assert first.json["user"] == {"id": made.json["user_id"], "email": email, "groups": ["user"]}
    me = client.get("/api/auth/me", headers=bearer(first))
    assert me.json["mfa_enabled"] is False

    setup = client.post("/api/auth/mfa/setup", json={}, headers=bearer(first)).json
    totp = pyotp.parse_uri(setup["otpauth_url"])
    assert isinstance(totp, pyotp.TOTP)
    assert totp.secret == setup["secret"]
    verified = client.post("/api/auth/mfa/verify", json={"code": totp.now()}, headers=bearer(first))
    assert verified.status_code == 200, verified.json
    recovery_codes = verified.json["recovery_codes"]

    asked = sign_in(client, email).json
    assert asked["challenge"] == "SOFTWARE_TOKEN_MFA"
    answer = {"email": email, "session": asked["session"], "code": totp.now()}
    second = client.post("/api/auth/mfa", json=answer)
    assert second.json["user"]["groups"] == ["user"]
    assert client.post("/api/auth/mfa", json=answer).json["code"] == "challenge_expired"
    session = sign_in(client, email).json["session"]
    recovery = {"email": email, "session": session, "recovery_code": recovery_codes[0]}
    recovered = client.post("/api/auth/mfa", json=recovery)
    assert recovered.status_code == 200, recovered.json
    assert client.get("/api/auth/me", headers=bearer(recovered)).json["recovery_codes_left"] == 9
    recovery["session"] = sign_in(client, email).json["session"]
    assert client.post("/api/auth/mfa", json=recovery).json["code"] == "code_mismatch"
    wrong = {"code": f"{(int(totp.now()) + 1) % 10**6:06}"}
    refused = client.post("/api/auth/mfa/disable", json=wrong, headers=bearer(second))
    assert refused.json["code"] == "code_mismatch"
    proof = {"code": recovery_codes[1], "password": PASSWORD}
    assert client.post("/api/auth/mfa/disable", json=proof, headers=bearer(second)).status_code == 204

    refreshed = client.post("/api/auth/refresh", json={"refresh_token": second.json["refresh_token"]})
    body = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    changed = client.post("/api/auth/change-password", json=body, headers=bearer(refreshed))
    assert changed.status_code == 200, changed.json
    for ended in (first, second, refreshed):
        assert client.get(LOCAL, headers=bearer(ended)).status_code == 401

    assert client.post("/api/auth/logout", json={}, headers=bearer(changed)).status_code == 204
    assert client.get(LOCAL, headers=bearer(changed)).json["code"] == "sign_in_needed"
    token = {"refresh_token": changed.json["refresh_token"]}
    assert client.post("/api/auth/refresh", json=token).json["code"] == "session_expired"
    again = sign_in(client, email, password=NEW_PASSWORD)  # in the same second, or the next
    assert client.get("/api/auth/me", headers=bearer(again)).status_code == 200


def test_stored_second_factors_reveal_no_secret_and_an_unstored_one_is_turned_off_through_the_pool(
    app: Flask, client: FlaskClient, email: str, user_id: str
) -> None:
    signed_in = sign_in(client, email)
    secret = client.post("/api/auth/mfa/setup", json={}, headers=bearer(signed_in)).json["secret"]
    totp = pyotp.TOTP(secret)
    body = {"code": totp.now()}
    codes = client.post("/api/auth/mfa/verify", json=body, headers=bearer(signed_in)).json["recovery_codes"]
    with get_services_of(app).platform.database.begin() as connection:
        kept = str(connection.execute(text("select * from second_factors")).all())
        kept += str(connection.execute(text("select * from recovery_codes")).all())
        assert secret not in kept
        assert not [code for code in codes if code in kept or code.replace("-", "")[4:] in kept]
        connection.execute(text("delete from second_factors"))
        connection.execute(text("delete from recovery_codes"))
    proof = {"code": totp.now()}
    refused = client.post("/api/auth/mfa/disable", json=proof, headers=bearer(signed_in))
    assert refused.json["code"] == "reauthentication_needed"
    wrong = proof | {"password": "Wrong-Horse-7"}
    assert (
        client.post("/api/auth/mfa/disable", json=wrong, headers=bearer(signed_in)).json["code"]
        == "wrong_password"
    )
    right = proof | {"password": PASSWORD}
    assert client.post("/api/auth/mfa/disable", json=right, headers=bearer(signed_in)).status_code == 204
    assert client.get("/api/auth/me", headers=bearer(signed_in)).json["mfa_enabled"] is False


def test_an_unknown_user_and_a_wrong_password_have_the_same_answer(
    client: FlaskClient, email: str, user_id: str
) -> None:
    wrong = sign_in(client, email, password="Wrong-Horse-7")
    unknown = sign_in(client, "nobody@example.org")
    assert wrong.status_code == unknown.status_code == 401
    assert {**wrong.json, "request_id": ""} == {**unknown.json, "request_id": ""}


def test_a_forgotten_password_is_reset_with_the_code_from_the_email(
    client: FlaskClient, email: str, user_id: str, mail_catcher: MailCatcher
) -> None:
    before = sign_in(client, email)
    assert client.post("/api/auth/forgot-password", json={"email": email}).status_code == 204
    body = {"email": email, "code": "654321", "new_password": NEW_PASSWORD}
    assert client.post("/api/auth/reset-password", json=body).json["code"] == "code_mismatch"
    body["code"] = mail_catcher.await_code(email, count=2)
    assert client.post("/api/auth/reset-password", json=body).status_code == 204
    assert client.get(LOCAL, headers=bearer(before)).status_code == 401
    token = {"refresh_token": before.json["refresh_token"]}
    assert client.post("/api/auth/refresh", json=token).status_code == 401
    assert sign_in(client, email).status_code == 401
    assert sign_in(client, email, password=NEW_PASSWORD).status_code == 200


def test_where_no_code_is_required_a_new_user_signs_in_immediately(
    auth_values: dict[str, Any], email: str
) -> None:
    app = create_app(build_test_settings(**auth_values, auto_confirm_signups=True))
    client = app.test_client()
    made = client.post("/api/auth/register", json={"email": email, "password": PASSWORD})
    assert made.json["confirmed"] is True
    assert sign_in(client, email).json["user"]["groups"] == ["user"]
    get_services_of(app).platform.database.engine.dispose()


def test_a_browser_stays_signed_in_with_only_its_cookie(
    app: Flask, client: FlaskClient, email: str, user_id: str
) -> None:
    assert set(sign_in(client, email, headers=WEB).json) == {"expires_in", "user"}
    assert client.get("/api/auth/me").json["id"] == user_id
    cookie = client.get_cookie("videoforge_session")
    assert cookie is not None
    with get_services_of(app).platform.database.begin() as connection:
        row = connection.execute(text("select * from sessions")).one()
    stored = " ".join(map(str, row))
    assert cookie.value not in stored
    assert "eyJ" not in stored
    in_redis = get_services_of(app).platform.redis
    for key in in_redis.scan_iter("auth:*"):
        assert cookie.value not in str(in_redis.get(key))
        assert "eyJ" not in str(in_redis.get(key))
    assert client.post("/api/auth/logout", json={}).json["code"] == "csrf_refused"
    assert client.post("/api/auth/logout", json={}, headers=WEB).status_code == 204
    client.set_cookie("videoforge_session", cookie.value)
    assert client.get("/api/auth/me").json["code"] == "session_expired"


def test_many_requests_of_one_browser_renew_its_token_once(
    app: Flask, client: FlaskClient, email: str, user_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(client, email, headers=WEB)
    cookie = client.get_cookie("videoforge_session")
    assert cookie is not None
    services = get_services_of(app)
    with services.platform.database.begin() as connection:
        past = datetime.now(UTC) - timedelta(seconds=1)
        connection.execute(text("update sessions set access_expires_at = :past"), {"past": past})
    asked: list[str] = []
    refresh = services.auth.identity.refresh
    monkeypatch.setattr(
        services.auth.identity, "refresh", lambda token: asked.append(token) or refresh(token)
    )
    codes: list[int] = []

    def ask() -> None:
        browser = app.test_client()
        browser.set_cookie("videoforge_session", cookie.value)
        codes.append(browser.get("/api/auth/sessions").status_code)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == [200] * 8
    assert len(asked) == 1


def test_a_sign_in_that_the_pool_ended_ends_the_browser_session(
    app: Flask, client: FlaskClient, email: str, user_id: str
) -> None:
    sign_in(client, email, headers=WEB)
    services = get_services_of(app)
    services.auth.identity.sign_out_user(email)
    with services.platform.database.begin() as connection:
        past = datetime.now(UTC) - timedelta(seconds=1)
        connection.execute(text("update sessions set access_expires_at = :past"), {"past": past})
    assert client.get("/api/auth/sessions").json["code"] == "session_expired"
    with services.platform.database.begin() as connection:
        assert connection.execute(text("select count(*) from sessions")).scalar_one() == 0


def test_without_redis_users_can_sign_in_and_limits_hold(
    auth_values: dict[str, Any], email: str, redis_process: LocalProcess
) -> None:
    values = auth_values | {"redis_host": "127.0.0.1", "redis_port": redis_process.spec.ports[0].number}
    app = create_app(build_test_settings(**values, auto_confirm_signups=True))
    client = app.test_client()
    client.post("/api/auth/register", json={"email": email, "password": PASSWORD})
    redis_process.kill()
    assert sign_in(client, email, headers=WEB).status_code == 200
    assert client.get("/api/auth/me").status_code == 200
    assert client.post("/api/auth/logout", json={}, headers=WEB).status_code == 204
    codes = [sign_in(client, email, password="Wrong-Horse-7").status_code for _ in range(6)]
    assert codes == [401, 401, 401, 401, 429, 429]
    redis_process.start()
    get_services_of(app).platform.database.engine.dispose()


def test_the_service_is_ready_only_while_the_pool_responds(
    auth_values: dict[str, Any], client: FlaskClient
) -> None:
    assert client.get("/api/ready").json["checks"]["identity"]["ok"] is True
    gone = create_app(build_test_settings(**auth_values | {"cognito_user_pool_id": "us-east-1_gone"}))
    answer = gone.test_client().get("/api/ready")
    assert answer.status_code == 503
    assert answer.json["checks"]["identity"]["ok"] is False
    get_services_of(gone).platform.database.engine.dispose()
