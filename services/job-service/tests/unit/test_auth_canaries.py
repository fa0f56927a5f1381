"""Canaries: secrets are planted in every auth route, and no log line may show one."""

import io
import json
import sys
from typing import Any

import pytest

from job_service.processes.app import create_app
from job_service.testing.auth import TokenIssuer, build_test_settings, install_memory_auth
from job_service.testing.identity import CONFIRM_CODE, TOTP_CODE, MemoryIdentity

EMAIL = "canary@example.org"
PASSWORD = "Canary-Horse-7"
NEW_PASSWORD = "Canary-Horse-8"
WEB = {"X-VideoForge-Client": "web", "Origin": "http://localhost:8080"}


def test_no_log_line_shows_a_password_a_token_a_code_or_a_cookie(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.StringIO()
    monkeypatch.setattr(sys, "stdout", written)
    app = create_app(build_test_settings(log_level="DEBUG"))
    pool = install_memory_auth(app, TokenIssuer()).identity
    assert isinstance(pool, MemoryIdentity)
    client = app.test_client()
    secrets = {PASSWORD, NEW_PASSWORD, "Wrong-Canary-9"}

    def call(route: str, body: dict[str, Any] | None = None, **headers: str) -> dict[str, Any]:
        answer = client.post(f"/api/auth/{route}", json=body or {}, headers=headers)
        found = answer.json if answer.data else {}
        fields = ("access_token", "id_token", "refresh_token", "session", "secret")
        secrets.update(found[name] for name in fields if name in found)
        secrets.update(found.get("recovery_codes", ()))
        if cookie := client.get_cookie("videoforge_session"):
            secrets.add(cookie.value)
        assert answer.status_code < 500, found
        return dict(found)

    me = {"email": EMAIL, "password": PASSWORD}
    call("register", me | {"password": "Canary"})
    call("register", me)
    call("confirm", {"email": EMAIL, "code": CONFIRM_CODE})
    call("login", me | {"password": "Wrong-Canary-9"})
    bearer = {"Authorization": f"Bearer {call('login', me)['access_token']}"}
    call("login", me | {"token": "Wrong-Canary-9"})
    call("mfa/setup", **bearer)
    codes = call("mfa/verify", {"code": TOTP_CODE}, **bearer)["recovery_codes"]
    call("mfa/recovery-codes", {"code": codes[0], "password": "Wrong-Canary-9"}, **bearer)
    new_codes = call("mfa/recovery-codes", {"code": codes[0], "password": PASSWORD}, **bearer)[
        "recovery_codes"
    ]
    session = call("login", me)["session"]
    call("mfa", {"email": EMAIL, "session": session, "recovery_code": codes[1]}, **WEB)
    call("mfa", {"email": EMAIL, "session": session, "recovery_code": new_codes[1].lower()}, **WEB)
    session = call("login", me)["session"]
    call("mfa", {"email": EMAIL, "session": session, "code": TOTP_CODE}, **WEB)
    call("change-password", {"current_password": PASSWORD, "new_password": NEW_PASSWORD}, **bearer)
    call("refresh", {"refresh_token": "Wrong-Canary-9"})
    call("logout", Authorization="Bearer eyJDYW5hcnk.eyJDYW5hcnk.Wrong-Canary-9")

    def fail(email: str, *, password: str) -> None:
        raise RuntimeError(f"unforeseen: password={password}")

    monkeypatch.setattr(pool, "sign_in", fail)
    broken = client.post("/api/auth/login", json=me | {"email": "other@example.org"})
    assert broken.json["code"] == "internal_error"

    text = written.getvalue()
    assert len([json.loads(line) for line in text.splitlines()]) > 15
    shown = [secret for secret in secrets if secret in text]
    assert len(secrets) >= 10
    assert not shown
