"""The mails that a stack keeps instead of sending them, for administrators."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class KeptMail:
    """`text` is None in a list. Subject and text may hold codes that open accounts: `repr` shows
    neither."""

    id: str
    to: tuple[str, ...]
    sender: str
    subject: str = field(repr=False)
    received_at: datetime
    text: str | None = field(default=None, repr=False)


class KeptMails(Protocol):
    """Raises Problem 404 `mails_not_kept` if mails are really sent, 503 `mail_unavailable` if the
    mail process does not answer."""

    def list_mails(self, *, to: str) -> list[KeptMail]:
        """Return the mails, newest first; with `to`, only those to one address."""

    def find_mail(self, mail_id: str) -> KeptMail | None: ...
