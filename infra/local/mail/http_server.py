"""The kept mails over HTTP, only for job-service, which shows them to administrators.

    GET /health            200
    GET /mails?to=ADDRESS  200 {"items": [{id, to[], sender, subject, received_at}]}   newest first
    GET /mails/{id}        200 the same and `text`; 404

If mails are forwarded there are none, which is 410. All but the health check require a service
token, because these mails give access to accounts.
"""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from infra.local.mail.mailbox import CaughtMail, Mailbox
from videoforge.service_tokens import HEADER, ServiceTokens


class MailServer(ThreadingHTTPServer):
    """Serves one mailbox to the services."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], *, mailbox: Mailbox | None, tokens: ServiceTokens) -> None:
        super().__init__(address, _Reader)
        self.mailbox = mailbox
        self.tokens = tokens


class _Reader(BaseHTTPRequestHandler):
    server: MailServer
    timeout = 10  # a silent client releases its thread

    def do_GET(self) -> None:
        where = urlsplit(self.path)
        if where.path == "/health":
            self._answer(200, {"status": "ok"})
        elif not self.server.tokens.is_accepted(self.headers.get(HEADER)):
            self._answer(401, {})
        elif self.server.mailbox is None:
            self._answer(410, {})
        elif where.path == "/mails":
            to = parse_qs(where.query).get("to", [""])[0]
            mails = self.server.mailbox.list_mails(to=to)
            self._answer(200, {"items": [_describe(mail) for mail in mails]})
        else:
            self._answer_one(self.server.mailbox, where.path.removeprefix("/mails/"))

    def _answer_one(self, mailbox: Mailbox, mail_id: str) -> None:
        mail = mailbox.find(mail_id)
        if mail is None:
            self._answer(404, {})
        else:
            self._answer(200, _describe(mail) | {"text": mail.text})

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing of a request: its query holds addresses."""


def _describe(mail: CaughtMail) -> dict[str, Any]:
    return {
        "id": mail.id,
        "to": list(mail.to),
        "sender": mail.sender,
        "subject": mail.subject,
        "received_at": mail.received_at.isoformat(),
    }
