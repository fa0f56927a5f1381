"""admin/mails: readable by administrators only, and available only if mails are kept."""

import http.server
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from pydantic import SecretStr

from job_service.admin.http_mails import HttpMails
from job_service.admin.mail import KeptMail
from job_service.processes.app import create_app
from job_service.testing.auth import TokenIssuer, build_test_settings, install_memory_auth
from job_service.web.services import EXTENSION
from videoforge.problems import Problem
from videoforge.service_tokens import HEADER, ServiceTokens

MAIL = KeptMail(
    id="m-1",
    to=("ann@example.org",),
    sender="no-reply@example.org",
    subject="Your code",
    received_at=datetime(2026, 11, 30, tzinfo=UTC),
    text="Your code is 048213.",
)
ADMIN = ("admin", "user")


class MemoryMails:
    def list_mails(self, *, to: str) -> list[KeptMail]:
        return [replace(MAIL, text=None)] if to in {"", *MAIL.to} else []

    def find_mail(self, mail_id: str) -> KeptMail | None:
        return MAIL if mail_id == MAIL.id else None


@pytest.fixture
def app(issuer: TokenIssuer) -> Flask:
    app = create_app(build_test_settings())
    install_memory_auth(app, issuer)
    app.extensions[EXTENSION] = replace(app.extensions[EXTENSION], mails=MemoryMails())
    return app


@pytest.mark.parametrize("path", ["/api/admin/mails", "/api/admin/mails/m-1"])
def test_only_administrators_read_mails(app: Flask, issuer: TokenIssuer, path: str) -> None:
    client = app.test_client()
    assert client.get(path).json["code"] == "sign_in_needed"
    user = client.get(path, headers=issuer.build_headers("user-1", groups=["user"]))
    assert (user.status_code, user.json["code"]) == (403, "admin_only")
    assert "048213" not in user.text
    assert client.get(path, headers=issuer.build_headers("boss", groups=ADMIN)).status_code == 200


def test_the_list_has_no_texts_and_a_single_mail_has_one(app: Flask, issuer: TokenIssuer) -> None:
    client, headers = app.test_client(), issuer.build_headers("boss", groups=ADMIN)
    listed = client.get("/api/admin/mails?to=ann@example.org", headers=headers).json
    assert [item["id"] for item in listed["items"]] == ["m-1"]
    assert "text" not in listed["items"][0]
    assert client.get("/api/admin/mails?to=ben@example.org", headers=headers).json["items"] == []
    assert client.get("/api/admin/mails/m-1", headers=headers).json["text"] == MAIL.text
    assert client.get("/api/admin/mails/m-2", headers=headers).json["code"] == "mail_not_found"


TOKENS = ServiceTokens(SecretStr("test-service-token-of-32-characters-or-more"))


@pytest.fixture
def serve() -> Iterator[Any]:
    """Serves one answer to every request; returns the URL and the received requests."""
    servers = []

    def start(body: Any, *, status: int = 200) -> tuple[str, list[Any]]:
        seen: list[Any] = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                seen.append((self.path, self.headers.get(HEADER)))
                self.send_response(status)
                self.end_headers()
                self.wfile.write(json.dumps(body).encode())

            def log_message(self, format: str, *args: object) -> None:
                """Log nothing."""

        server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}", seen

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_the_service_sends_its_token_and_filters_by_address(serve: Any) -> None:
    item = {"id": "1", "to": ["a@b.c"], "sender": "s", "subject": "x", "received_at": "2026-11-30T00:00:00Z"}
    url, seen = serve({"items": [item]})
    assert [mail.id for mail in HttpMails(url, tokens=TOKENS).list_mails(to="a@b.c")] == ["1"]
    assert seen == [("/mails?to=a%40b.c", "test-service-token-of-32-characters-or-more")]


def test_an_id_stays_within_its_path(serve: Any) -> None:
    url, seen = serve({}, status=404)
    assert HttpMails(url, tokens=TOKENS).find_mail("../health") is None
    assert seen[0][0] == "/mails/..%2Fhealth"


@pytest.mark.parametrize(("body", "status"), [({}, 500), ({"items": "none"}, 200), ([], 401)])
def test_a_mail_process_with_a_bad_answer_is_unavailable(serve: Any, body: Any, status: int) -> None:
    url, _ = serve(body, status=status)
    with pytest.raises(Problem, match="503 mail_unavailable"):
        HttpMails(url, tokens=TOKENS).list_mails(to="")


def test_no_mails_are_kept_if_mails_are_sent(serve: Any) -> None:
    url, _ = serve({}, status=410)
    for place in ("", url):
        with pytest.raises(Problem, match="404 mails_not_kept"):
            HttpMails(place, tokens=TOKENS).list_mails(to="")
    with pytest.raises(Problem, match="503 mail_unavailable"):
        HttpMails("http://127.0.0.1:1", tokens=TOKENS).list_mails(to="")


def test_repr_shows_neither_subject_nor_text() -> None:
    assert "048213" not in repr(MAIL)
    assert "Your code" not in repr(MAIL)
