"""The SMTP server for the stack's own parts: each mail is kept for the administrator, or forwarded.

With a real server (SMTP_HOST) a sender is accepted only while that server accepts us, and a mail
only after it accepted the mail: what it refuses is refused here in the same way, and nothing is
kept.
"""

import asyncio
import logging
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from typing import Any, Final, Literal

from aiosmtpd.smtp import SMTP, Envelope, Session

from infra.local.mail.mailbox import Mailbox

Security = Literal["starttls", "tls", "none"]

_TIMEOUT_SECONDS: Final = 4.0
_ACCEPTED: Final = "250 OK"
_TRY_LATER: Final = "451 4.4.1 The mail server does not answer"

_log = logging.getLogger("videoforge.mail")


@dataclass(frozen=True)
class RealServer:
    """A real mail server. Its certificate is verified, except with security `none`."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    security: Security

    def connect(self) -> smtplib.SMTP:
        """Return a connection that is ready to send. Raises OSError or SMTPException."""
        context = ssl.create_default_context()
        if self.security == "tls":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, timeout=_TIMEOUT_SECONDS, context=context
            )
        else:
            smtp = smtplib.SMTP(self.host, self.port, timeout=_TIMEOUT_SECONDS)
        try:
            if self.security == "starttls":
                smtp.starttls(context=context)
            if self.user:
                smtp.login(self.user, self.password)
        except BaseException:
            smtp.close()
            raise
        return smtp


class Keeper:
    """Handler of aiosmtpd that keeps every mail."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        message = message_from_bytes(_read(envelope), policy=policy.default)
        self._mailbox.put(message, recipients=list(envelope.rcpt_tos))
        _log.info("mail kept")
        return _ACCEPTED


class Forwarder:
    """Handler of aiosmtpd that forwards every mail."""

    def __init__(self, server: RealServer) -> None:
        self._server = server

    async def handle_MAIL(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = await _ask(lambda: self._server.connect().close())
        if answer == _ACCEPTED:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return answer

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        content, sender, recipients = _read(envelope), envelope.mail_from or "", list(envelope.rcpt_tos)

        def send() -> None:
            with self._server.connect() as smtp:
                smtp.sendmail(sender, recipients, content)

        answer = await _ask(send)
        if answer == _ACCEPTED:
            _log.info("mail passed on")
        return answer


async def _ask(call: Callable[[], Any]) -> str:
    """Return the response after asking the real server, which may take seconds."""
    try:
        await asyncio.to_thread(call)
    except smtplib.SMTPRecipientsRefused:
        return "550 5.1.1 The mail server refuses this recipient"
    except smtplib.SMTPAuthenticationError:
        _log.error("the mail server refuses SMTP_USER and SMTP_PASSWORD")
        return _TRY_LATER
    except (OSError, smtplib.SMTPException) as error:
        _log.warning("the mail server does not answer: %s", type(error).__name__)
        return _TRY_LATER
    return _ACCEPTED


def _read(envelope: Envelope) -> bytes:
    content = envelope.content or b""
    return content if isinstance(content, bytes) else content.encode()
