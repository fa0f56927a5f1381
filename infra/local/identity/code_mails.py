"""The mails with codes, each in English and German, because the user's language is not known
yet."""

from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Final

from infra.local.identity.code_store import Purpose


@dataclass(frozen=True)
class _Texts:
    subject: str
    body: str


_TEXTS: Final = {
    Purpose.CONFIRM: _Texts(
        "{site}: {code} confirms your e-mail · bestätigt Ihre E-Mail-Adresse",
        """\
Welcome to {site}.

Your confirmation code is {code}. It is good for 24 hours.
If you did not sign up at {url}, ignore this mail.

Willkommen bei {site}.

Ihr Bestätigungscode lautet {code}. Er gilt 24 Stunden.
Falls Sie sich nicht bei {url} registriert haben, ignorieren Sie diese E-Mail.
""",
    ),
    Purpose.RESET: _Texts(
        "{site}: {code} resets your password · setzt Ihr Passwort zurück",
        """\
Somebody, hopefully you, asked for a new password at {url}.

Your code is {code}. It is good for one hour. Tell it to nobody.
If it was not you, ignore this mail: your password stays as it is.

Jemand, hoffentlich Sie, hat bei {url} ein neues Passwort angefordert.

Ihr Code lautet {code}. Er gilt eine Stunde. Geben Sie ihn an niemanden weiter.
Falls Sie das nicht waren, ignorieren Sie diese E-Mail: Ihr Passwort bleibt unverändert.
""",
    ),
}


@dataclass(frozen=True)
class CodeMails:
    """What every mail says about the site: its name, its origin, and the sender's address."""

    site_name: str
    url: str
    sender: str

    def write_code(self, purpose: Purpose, *, address: str, code: str) -> EmailMessage:
        """Return the mail with the code."""
        texts, values = _TEXTS[purpose], {"site": self.site_name, "url": self.url, "code": code}
        return self.write(
            address=address, subject=texts.subject.format(**values), text=texts.body.format(**values)
        )

    def write(self, *, address: str, subject: str, text: str) -> EmailMessage:
        """Return a plain-text mail. Raises ValueError for an address or a subject that is invalid
        in a header."""
        message = EmailMessage()
        message["From"] = self.sender
        message["To"] = address
        message["Subject"] = subject
        message["Date"] = formatdate(usegmt=True)
        message["Message-ID"] = make_msgid(domain=self.sender.rpartition("@")[2] or "localhost")
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office reply
        message.set_content(text)
        return message
