"""Process: the mail of the local stack, `python -m infra.local.mail`.

Accepts mail by SMTP from the stack's own parts; nothing else can reach it. Without SMTP_HOST it
keeps the last MAIL_KEPT mails for the administrator; with it, every mail is forwarded to that
server and none is kept.
"""

import logging
import signal
import threading
from typing import Any

from aiosmtpd.controller import Controller
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from infra.local.mail.http_server import MailServer
from infra.local.mail.mailbox import Mailbox
from infra.local.mail.smtp_handlers import Forwarder, Keeper, RealServer, Security
from videoforge.service_tokens import ServiceTokens
from videoforge.settings import load_settings

#: Much more than a mail with a code needs; larger mails are refused.
_MAX_MAIL_BYTES = 256 * 1024


class MailSettings(BaseSettings):
    """Field names are the environment's, in lower case."""

    model_config = SettingsConfigDict(
        extra="ignore", frozen=True, hide_input_in_errors=True, env_ignore_empty=True
    )

    mail_bind: str = "127.0.0.1"
    mail_port: int = 1025
    mail_private_port: int = 9107
    mail_kept: int = Field(default=200, ge=1, le=10_000)
    service_tokens: SecretStr
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_security: Security = "starttls"


def build_handler(settings: MailSettings, *, mailbox: Mailbox | None) -> Any:
    if mailbox is not None:
        return Keeper(mailbox)
    return Forwarder(
        RealServer(
            host=settings.smtp_host,
            port=settings.smtp_port,
            user=settings.smtp_user,
            password=settings.smtp_password.get_secret_value(),
            security=settings.smtp_security,
        )
    )


_ENDS = {signal.SIGTERM, signal.SIGINT}


def main() -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, _ENDS)  # before any thread starts: only `sigwait` gets them
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # it logs senders and recipients
    settings = load_settings(MailSettings)
    mailbox = None if settings.smtp_host else Mailbox(capacity=settings.mail_kept)
    smtp = Controller(
        build_handler(settings, mailbox=mailbox),
        hostname=settings.mail_bind,
        port=settings.mail_port,
        data_size_limit=_MAX_MAIL_BYTES,
        ident="VideoForge",
        enable_SMTPUTF8=True,
    )
    http = MailServer(
        (settings.mail_bind, settings.mail_private_port),
        mailbox=mailbox,
        tokens=ServiceTokens(settings.service_tokens),
    )
    smtp.start()
    threading.Thread(target=http.serve_forever, daemon=True).start()
    signal.sigwait(_ENDS)
    http.shutdown()
    smtp.stop()


if __name__ == "__main__":
    main()
