"""The auth routes over HTTP, with the user pool and every store in memory."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient

from job_service.auth.ports import AuthPorts
from job_service.processes.app import create_app
from job_service.testing.auth import TokenIssuer, build_test_settings, install_memory_auth
from job_service.testing.identity import CONFIRM_CODE, RESET_CODE, TOTP_CODE, MemoryIdentity
from job_service.web.services import EXTENSION

EMAIL = "ann@example.org"
PASSWORD = "Correct-Horse-7"
#: A route that does not call the user pool: anything refused there is refused by us.
LOCAL = "/api/auth/sessions"
WEB = {"X-VideoForge-Client": "web", "Origin": "http://localhost:8080"}
COOKIE = "videoforge_session"


@pytest.fixture
def pool(auth: AuthPorts) -> MemoryIdentity:
    assert isinstance(auth.identity, MemoryIdentity)
    return auth.identity


@pytest.fixture
def client(make_client: Callable[[], FlaskClient], auth: AuthPorts) -> FlaskClient:
    return make_client()


@pytest.fixture
def ann(client: FlaskClient) -> str:
    """Ann has an account; returns her user id."""
    made = client.post("/api/auth/register", json={"email": EMAIL, "password": PASSWORD})
    assert made.status_code == 201, made.json
    assert client.post("/api/auth/confirm", json={"email": EMAIL, "code": CONFIRM_CODE}).status_code == 204
    return str(made.json["user_id"])


def sign_in(client: FlaskClient, *, headers: dict[str, str] | None = None, password: str = PASSWORD) -> Any:
    body = {"email": EMAIL, "password": password}
    return client.post("/api/auth/login", json=body, headers=headers)


def bearer(answer: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {answer.json['access_token']}"}


def test_an_api_client_registers_signs_in_and_gets_tokens(client: FlaskClient, ann: str) -> None:
    answer = sign_in(client)
    assert answer.status_code == 200
    assert set(answer.json) == {
        "access_token", "id_token", "refresh_token", "token_type", "expires_in", "user",
    }  # fmt: skip
    assert answer.json["user"] == {"id": ann, "email": EMAIL, "groups": ["user"]}
    assert "Set-Cookie" not in answer.headers
    me = client.get("/api/auth/me", headers=bearer(answer))
    assert me.json == {
        "id": ann,
        "email": EMAIL,
        "groups": ["user"],
        "mfa_enabled": False,
        "recovery_codes_left": 0,
    }


@pytest.mark.parametrize("path", ["register", "login"])
def test_a_user_name_instead_of_an_email_is_refused(client: FlaskClient, path: str) -> None:
    """The pool knows accounts only by their email: see docs/decisions.md."""
    body = {"email": EMAIL, "password": PASSWORD, "username": "ann"}
    answer = client.post(f"/api/auth/{path}", json=body)
    assert (answer.status_code, answer.json["code"]) == (422, "validation_failed")
    assert [fault["field"] for fault in answer.json["errors"]] == ["username"]


def test_a_new_unconfirmed_user_gets_user_not_confirmed(client: FlaskClient) -> None:
    made = client.post("/api/auth/register", json={"email": EMAIL, "password": PASSWORD})
    assert made.json["confirmed"] is False
    answer = sign_in(client)
    assert (answer.status_code, answer.json["code"]) == (403, "user_not_confirmed")


def test_new_users_are_confirmed_automatically_where_no_email_is_sent(
    app: Flask, issuer: TokenIssuer
) -> None:
    install_memory_auth(app, issuer, auto_confirms=True)
    client = app.test_client()
    made = client.post("/api/auth/register", json={"email": EMAIL, "password": PASSWORD})
    assert made.json["confirmed"] is True
    assert sign_in(client).json["user"]["groups"] == ["user"]


def test_a_closed_site_creates_no_account_and_still_serves_existing_ones(
    app: Flask, client: FlaskClient, auth: AuthPorts, pool: MemoryIdentity
) -> None:
    early = {"email": EMAIL, "password": PASSWORD}
    assert client.post("/api/auth/register", json=early).status_code == 201
    app.extensions[EXTENSION] = replace(app.extensions[EXTENSION], auth=replace(auth, takes_sign_ups=False))
    answer = client.post("/api/auth/register", json={**early, "email": "late@example.org"})
    assert (answer.status_code, answer.json["code"]) == (403, "sign_up_closed")
    assert answer.json["hint"] and not answer.json["retryable"]
    assert pool.find_user_id("late@example.org") is None
    assert client.post("/api/auth/resend-code", json={"email": EMAIL}).status_code == 204
    assert client.post("/api/auth/confirm", json={"email": EMAIL, "code": CONFIRM_CODE}).status_code == 204
    assert sign_in(client).status_code == 200


def test_a_site_closed_by_its_setting_does_not_call_the_pool() -> None:
    client = create_app(build_test_settings(sign_up=False)).test_client()
    answer = client.post("/api/auth/register", json={"email": EMAIL, "password": PASSWORD})
    assert (answer.status_code, answer.json["code"]) == (403, "sign_up_closed")


def test_an_unknown_user_and_a_wrong_password_look_the_same(client: FlaskClient, ann: str) -> None:
    wrong = sign_in(client, password="Wrong-Horse-7")
    unknown = client.post("/api/auth/login", json={"email": "no@example.org", "password": PASSWORD})
    assert wrong.status_code == unknown.status_code == 401
    assert {**wrong.json, "request_id": ""} == {**unknown.json, "request_id": ""}
    assert wrong.json["code"] == "invalid_credentials"


def test_a_weak_password_lists_everything_it_lacks(client: FlaskClient) -> None:
    answer = client.post("/api/auth/register", json={"email": EMAIL, "password": "abc"})
    assert (answer.status_code, answer.json["code"]) == (422, "weak_password")
    assert len(answer.json["errors"]) == 4
    assert {fault["field"] for fault in answer.json["errors"]} == {"password"}


def test_a_taken_email_is_409_in_any_case_of_letters(client: FlaskClient, ann: str) -> None:
    answer = client.post("/api/auth/register", json={"email": EMAIL.upper(), "password": PASSWORD})
    assert (answer.status_code, answer.json["code"]) == (409, "email_taken")


def test_spaces_around_a_password_count(client: FlaskClient, ann: str) -> None:
    assert sign_in(client, password=f" {PASSWORD} ").status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        {"email": EMAIL},
        {"email": "no-at-sign", "password": PASSWORD},
        {"email": EMAIL, "password": PASSWORD, "admin": True},
        {"email": EMAIL, "password": 12345678},
        {"email": EMAIL, "password": "x" * 300},
    ],
)
def test_a_body_of_another_shape_is_422_and_never_shows_its_values(
    client: FlaskClient, body: dict[str, Any]
) -> None:
    answer = client.post("/api/auth/login", json=body)
    assert (answer.status_code, answer.json["code"]) == (422, "validation_failed")
    assert PASSWORD not in answer.text
    assert "xxxxx" not in answer.text


def test_requesting_a_code_does_not_reveal_who_has_an_account(client: FlaskClient, ann: str) -> None:
    for route in ("resend-code", "forgot-password"):
        for email in (EMAIL, "no@example.org"):
            answer = client.post(f"/api/auth/{route}", json={"email": email})
            assert (answer.status_code, answer.data) == (204, b""), (route, email)


def test_logout_ends_every_token_immediately_and_a_new_sign_in_works_immediately(
    client: FlaskClient, ann: str
) -> None:
    first, second = sign_in(client), sign_in(client)
    assert client.post("/api/auth/logout", json={}, headers=bearer(first)).status_code == 204
    assert client.get(LOCAL, headers=bearer(first)).status_code == 401
    assert client.get(LOCAL, headers=bearer(second)).status_code == 401
    token = {"refresh_token": second.json["refresh_token"]}
    assert client.post("/api/auth/refresh", json=token).json["code"] == "session_expired"
    assert client.get("/api/auth/me", headers=bearer(sign_in(client))).status_code == 200


def test_logout_needs_no_body(client: FlaskClient, ann: str) -> None:
    assert client.post("/api/auth/logout", headers=bearer(sign_in(client))).status_code == 204


def test_a_refresh_gives_a_new_access_token(client: FlaskClient, ann: str) -> None:
    answer = sign_in(client)
    again = client.post("/api/auth/refresh", json={"refresh_token": answer.json["refresh_token"]})
    assert again.status_code == 200
    assert again.json["access_token"] != answer.json["access_token"]
    assert again.json["user"]["email"] == EMAIL


def test_a_changed_password_signs_out_everywhere_and_in_again_here(client: FlaskClient, ann: str) -> None:
    here, elsewhere = sign_in(client), sign_in(client)
    body = {"current_password": PASSWORD, "new_password": "Better-Horse-8"}
    answer = client.post("/api/auth/change-password", json=body, headers=bearer(here))
    assert answer.status_code == 200, answer.json
    assert client.get("/api/auth/me", headers=bearer(answer)).status_code == 200
    assert client.get(LOCAL, headers=bearer(elsewhere)).status_code == 401
    assert sign_in(client).status_code == 401
    assert sign_in(client, password="Better-Horse-8").status_code == 200


def test_a_wrong_current_password_changes_nothing(client: FlaskClient, ann: str) -> None:
    here = sign_in(client)
    body = {"current_password": "Wrong-Horse-7", "new_password": "Better-Horse-8"}
    answer = client.post("/api/auth/change-password", json=body, headers=bearer(here))
    assert (answer.status_code, answer.json["code"]) == (422, "wrong_password")
    assert client.get("/api/auth/me", headers=bearer(here)).status_code == 200


def test_a_forgotten_password_is_reset_by_code_and_ends_every_sign_in(client: FlaskClient, ann: str) -> None:
    before = sign_in(client)
    client.post("/api/auth/forgot-password", json={"email": EMAIL})
    body = {"email": EMAIL, "code": "000000", "new_password": "Better-Horse-8"}
    assert client.post("/api/auth/reset-password", json=body).json["code"] == "code_mismatch"
    body["code"] = RESET_CODE
    assert client.post("/api/auth/reset-password", json=body).status_code == 204
    assert client.get(LOCAL, headers=bearer(before)).status_code == 401
    assert sign_in(client, password="Better-Horse-8").status_code == 200


def set_up_mfa(client: FlaskClient) -> dict[str, str]:
    headers = bearer(sign_in(client))
    secret = client.post("/api/auth/mfa/setup", json={}, headers=headers)
    assert pyotp.parse_uri(secret.json["otpauth_url"]).name == EMAIL
    verified = client.post("/api/auth/mfa/verify", json={"code": TOTP_CODE}, headers=headers)
    assert verified.status_code == 200
    return headers


def test_a_second_factor_is_required_and_its_challenge_works_once(client: FlaskClient, ann: str) -> None:
    headers = set_up_mfa(client)
    asked = sign_in(client)
    assert set(asked.json) == {"challenge", "session"}
    made_up = {"email": EMAIL, "session": "x" * 40, "code": TOTP_CODE}
    assert client.post("/api/auth/mfa", json=made_up).json["code"] == "challenge_expired"
    body = {"email": EMAIL, "session": asked.json["session"], "code": "999999"}
    assert client.post("/api/auth/mfa", json=body | {"email": "b@c.d"}).json["code"] == "challenge_expired"
    assert client.post("/api/auth/mfa", json=body).json["code"] == "code_mismatch"
    body["code"] = TOTP_CODE
    assert client.post("/api/auth/mfa", json=body).json["user"]["id"] == ann
    assert client.post("/api/auth/mfa", json=body).json["code"] == "challenge_expired"
    assert client.post("/api/auth/mfa/disable", json={"code": TOTP_CODE}, headers=headers).status_code == 204
    assert "access_token" in sign_in(client).json


def test_a_user_pool_that_is_down_is_503_and_does_not_sign_users_out(
    client: FlaskClient, ann: str, pool: MemoryIdentity
) -> None:
    headers = bearer(sign_in(client))
    pool.is_down = True
    answer = sign_in(client)
    assert (answer.status_code, answer.json["code"]) == (503, "identity_unavailable")
    assert client.post("/api/auth/logout", json={}, headers=headers).status_code == 503
    pool.is_down = False
    assert client.get("/api/auth/me", headers=headers).status_code == 200


def test_a_browser_gets_a_cookie_and_no_token(client: FlaskClient, ann: str) -> None:
    answer = sign_in(client, headers=WEB)
    assert set(answer.json) == {"expires_in", "user"}
    cookie = answer.headers["Set-Cookie"]
    for part in (f"{COOKIE}=", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=2592000"):
        assert part in cookie
    assert "Secure" not in cookie
    assert client.get("/api/auth/me").json["id"] == ann


def test_a_page_asks_who_is_signed_in_and_null_is_a_valid_answer(
    client: FlaskClient, ann: str, app: Flask
) -> None:
    assert client.get("/api/auth/session").json == {"user": None}
    sign_in(client, headers=WEB)
    user = client.get("/api/auth/session").json["user"]
    assert user == client.get("/api/auth/me").json
    assert user["id"] == ann
    over = app.test_client()
    over.set_cookie(COOKIE, "a-session-that-has-ended")
    answer = over.get("/api/auth/session")
    assert (answer.status_code, answer.json) == (200, {"user": None})
    assert "Max-Age=0" in answer.headers["Set-Cookie"]


def test_a_bad_token_is_also_refused_when_a_page_asks_who_is_signed_in(client: FlaskClient) -> None:
    answer = client.get("/api/auth/session", headers={"Authorization": "Bearer forged"})
    assert answer.status_code == 401


def test_over_https_the_cookie_is_bound_to_the_host(issuer: TokenIssuer) -> None:
    app = create_app(build_test_settings(public_url="https://video.example.org", auto_confirm_signups=True))
    install_memory_auth(app, issuer, auto_confirms=True)
    client = app.test_client()
    client.post("/api/auth/register", json={"email": EMAIL, "password": PASSWORD})
    answer = sign_in(client, headers=WEB | {"Origin": "https://video.example.org"})
    assert answer.headers["Set-Cookie"].startswith(f"__Host-{COOKIE}=")
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "Domain" not in answer.headers["Set-Cookie"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (WEB, 204),
        ({"X-VideoForge-Client": "web", "Sec-Fetch-Site": "same-origin"}, 204),
        ({"X-VideoForge-Client": "web", "Referer": "http://localhost:8080/videos"}, 204),
        ({"Origin": "http://localhost:8080"}, 403),
        ({"X-VideoForge-Client": "web"}, 403),
        ({"X-VideoForge-Client": "web", "Origin": "http://localhost:8081"}, 403),
        ({"X-VideoForge-Client": "web", "Origin": "null"}, 403),
        ({"X-VideoForge-Client": "web", "Sec-Fetch-Site": "same-site"}, 403),
        ({"X-VideoForge-Client": "web", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"X-VideoForge-Client": "web", "Referer": "http://localhost:8080.evil.example/"}, 403),
    ],
)
def test_a_change_by_cookie_must_come_from_our_own_page(
    client: FlaskClient, ann: str, headers: dict[str, str], status: int
) -> None:
    sign_in(client, headers=WEB)
    answer = client.post("/api/auth/logout", json={}, headers=headers)
    assert answer.status_code == status
    if status == 403:
        assert answer.json["code"] == "csrf_refused"
        assert client.get("/api/auth/me").status_code == 200


def test_another_site_may_not_sign_a_browser_in(client: FlaskClient, ann: str) -> None:
    answer = sign_in(client, headers=WEB | {"Origin": "https://evil.example"})
    assert answer.json["code"] == "csrf_refused"


def test_each_sign_in_of_a_browser_has_a_new_session_and_ends_the_old(
    client: FlaskClient, ann: str, app: Flask
) -> None:
    sign_in(client, headers=WEB)
    old = client.get_cookie(COOKIE)
    assert old is not None
    sign_in(client, headers=WEB)
    new = client.get_cookie(COOKIE)
    assert new is not None
    assert new.value != old.value
    thief = app.test_client()
    thief.set_cookie(COOKIE, old.value)
    answer = thief.get("/api/auth/me")
    assert (answer.status_code, answer.json["code"]) == (401, "session_expired")
    assert "Max-Age=0" in answer.headers["Set-Cookie"]


def test_a_browser_lists_its_sessions_and_ends_one(client: FlaskClient, ann: str, app: Flask) -> None:
    phone = app.test_client()
    sign_in(phone, headers=WEB | {"User-Agent": "Phone"})
    sign_in(client, headers=WEB | {"User-Agent": "Desk"})
    items = client.get("/api/auth/sessions").json["items"]
    assert {item["user_agent"]: item["is_current"] for item in items} == {"Phone": False, "Desk": True}
    session_id = next(item["id"] for item in items if not item["is_current"])
    assert client.delete(f"/api/auth/sessions/{session_id}", headers=WEB).status_code == 204
    assert phone.get("/api/auth/me").json["code"] == "session_expired"
    again = client.delete(f"/api/auth/sessions/{session_id}", headers=WEB)
    assert (again.status_code, again.json["code"]) == (404, "session_not_found")
    assert client.get("/api/auth/me").status_code == 200


def test_a_browsers_tokens_are_renewed_by_the_server(
    client: FlaskClient, ann: str, pool: MemoryIdentity
) -> None:
    pool.access_life_seconds = 60  # from the start within the last five minutes
    sign_in(client, headers=WEB)
    pool.access_life_seconds = 3600
    assert client.get("/api/auth/me").status_code == 200
    assert client.get("/api/auth/me").status_code == 200
    assert pool.refreshes == 1


def test_a_session_survives_a_pool_outage_while_its_token_is_valid(
    client: FlaskClient, ann: str, pool: MemoryIdentity
) -> None:
    pool.access_life_seconds = 60
    sign_in(client, headers=WEB)
    pool.is_down = True
    assert client.get("/api/auth/sessions").status_code == 200


def test_a_session_whose_sign_in_the_pool_ended_is_over(
    client: FlaskClient, ann: str, pool: MemoryIdentity, auth: AuthPorts
) -> None:
    pool.access_life_seconds = 60
    sign_in(client, headers=WEB)
    pool.sign_out_user(EMAIL)
    assert client.get("/api/auth/sessions").json["code"] == "session_expired"
    with auth.database.begin() as tx:
        assert not tx.sessions.list_sessions(user_id=ann)


def test_a_changed_password_gives_the_browser_a_new_session(client: FlaskClient, ann: str) -> None:
    sign_in(client, headers=WEB)
    old = client.get_cookie(COOKIE)
    body = {"current_password": PASSWORD, "new_password": "Better-Horse-8"}
    answer = client.post("/api/auth/change-password", json=body, headers=WEB)
    assert set(answer.json) == {"expires_in", "user"}
    new = client.get_cookie(COOKIE)
    assert old is not None
    assert new is not None
    assert new.value != old.value
    assert client.get("/api/auth/me").status_code == 200
