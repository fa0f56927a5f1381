"""A forgotten password on a whole stack: its owner can reset it by mail, and nobody else can."""

import re

import pytest

from demo.api_client import ApiClient
from demo.errors import ApiError
from infra.local.processes.health import wait_until
from tests.conftest import PASSWORD

pytestmark = pytest.mark.e2e

NEW_PASSWORD = "Canary-Mailed-8"


def list_mails(admin, address):
    return admin.get("admin/mails", to=address)["items"]


def read_code(admin, address):
    assert wait_until(lambda: list_mails(admin, address), seconds=15, step_seconds=0.2)
    text = admin.get(f"admin/mails/{list_mails(admin, address)[0]['id']}")["text"]
    return re.findall(r"\b\d{6}\b", text)[0]


def test_a_password_is_reset_by_the_mailed_code_and_by_no_other(stack, client, sign_up, admin):
    email, attacker = client.user["email"], sign_up()
    attacker.post("auth/forgot-password", {"email": email})
    for code in ("654321", "123456"):
        body = {"email": email, "code": code, "new_password": NEW_PASSWORD}
        assert attacker.send("POST", "auth/reset-password", json=body).json()["code"] == "code_mismatch"
    code = read_code(admin, email)
    for path in ("admin/mails", f"admin/mails/{list_mails(admin, email)[0]['id']}"):
        assert attacker.send("GET", path).json()["code"] == "admin_only"
    client.post("auth/reset-password", {"email": email, "code": code, "new_password": NEW_PASSWORD})
    with pytest.raises(ApiError, match="401"):
        ApiClient(stack.settings.origin).sign_in(email, password=PASSWORD)
    client.sign_in(email, password=NEW_PASSWORD)
    logs = "".join(path.read_text(errors="replace") for path in stack.settings.log_dir.glob("*.log*"))
    assert f" {code}" not in logs
    assert f'"{code}"' not in logs
    assert NEW_PASSWORD not in logs


def test_without_mail_a_code_can_be_asked_for_later_and_nobody_learns_who_has_an_account(
    stack, client, admin, without
):
    without("mail")
    answers = []
    for address in (client.user["email"], f"nobody-{client.user['email']}"):
        answer = client.send("POST", "auth/forgot-password", json={"email": address})
        answers.append((answer.status_code, answer.json()["code"], answer.headers["Retry-After"]))
    assert answers == [(503, "mail_unavailable", "5")] * 2
    assert admin.send("GET", "admin/mails").json()["code"] == "mail_unavailable"
    stack.supervisor.start_processes(["mail"])
    assert wait_until(lambda: admin.send("GET", "admin/mails").ok, seconds=30, step_seconds=0.5)
    client.post("auth/forgot-password", {"email": client.user["email"]})
    assert read_code(admin, client.user["email"])
