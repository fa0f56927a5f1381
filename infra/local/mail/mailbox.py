"""The kept mails: the most recent ones, in memory, newest first. A restart loses them."""

import threading
import uuid
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage


@dataclass(frozen=True)
class CaughtMail:
    """`text` is the whole plain-text part; `repr` does not show it, because it may contain a
    code."""

    id: str
    to: tuple[str, ...]
    sender: str
    subject: str = field(repr=False)
    text: str = field(repr=False)
    received_at: datetime


class Mailbox:
    """Keeps the last `capacity` mails; safe to use from several threads."""

    def __init__(self, *, capacity: int) -> None:
        self._lock = threading.Lock()
        self._mails: deque[CaughtMail] = deque(maxlen=capacity)

    def put(self, message: EmailMessage, *, recipients: list[str]) -> None:
        body = message.get_body(preferencelist=("plain", "html"))
        mail = CaughtMail(
            id=str(uuid.uuid4()),
            to=tuple(recipients),
            sender=str(message.get("From", "")),
            subject=str(message.get("Subject", "")),
            text=body.get_content() if body is not None else "",
            received_at=datetime.now(UTC),
        )
        with self._lock:
            self._mails.appendleft(mail)

    def list_mails(self, *, to: str = "") -> list[CaughtMail]:
        """Return all, newest first, or those to one address."""
        with self._lock:
            mails = list(self._mails)
        return [mail for mail in mails if not to or to.lower() in {who.lower() for who in mail.to}]

    def find(self, mail_id: str) -> CaughtMail | None:
        return next((mail for mail in self.list_mails() if mail.id == mail_id), None)
