"""Sends mail by SMTP: checks first whether it would be accepted, sends after the response.

`is_open` opens a connection and names the sender; the stack's mail process then asks the real
server, if there is one. So a user who requests a code learns at once that no mail can be sent,
whether or not they have an account; the sending itself, which only happens for an account, does not
delay the response.
"""

import logging
import smtplib
import time
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from typing import Final

#: Pauses before each retry.
_PAUSES_SECONDS: Final = (1.0, 5.0, 20.0)
#: A response must not wait long for a mail server that hangs.
_TIMEOUT_SECONDS: Final = 5.0
#: Our name in EHLO; asking the resolver for this machine's own name can take seconds.
_OWN_NAME: Final = "localhost"
#: Maximum of queued mails; more are dropped, because their users request another one.
_MAX_WAITING: Final = 500

_log = logging.getLogger("videoforge.mail")


class MailSender:
    """Sends through the SMTP server at this address."""

    def __init__(self, *, host: str, port: int, sender: str) -> None:
        self._host = host
        self._port = port
        self._sender = sender
        self._senders = ThreadPoolExecutor(2, thread_name_prefix="post")
        self._waiting = 0

    def is_open(self) -> bool:
        """Say whether a mail would be accepted now."""
        try:
            with self._connect() as smtp:
                smtp.ehlo_or_helo_if_needed()
                status, _ = smtp.mail(self._sender)
                return status == 250
        except (OSError, smtplib.SMTPException):
            return False

    def send_later(self, message: EmailMessage) -> None:
        """Send it from another thread, with retries; a mail that cannot be sent is only logged."""
        if self._waiting >= _MAX_WAITING:
            _log.error("mail dropped: too many wait")
            return
        self._waiting += 1
        self._senders.submit(self._send, message)

    def _connect(self) -> smtplib.SMTP:
        return smtplib.SMTP(self._host, self._port, local_hostname=_OWN_NAME, timeout=_TIMEOUT_SECONDS)

    def _send(self, message: EmailMessage) -> None:
        try:
            for pause_seconds in (*_PAUSES_SECONDS, None):
                try:
                    with self._connect() as smtp:
                        smtp.send_message(message)
                    return
                except smtplib.SMTPRecipientsRefused:
                    _log.warning("mail refused for its recipient")
                    return
                except (OSError, smtplib.SMTPException) as error:
                    _log.warning("mail not sent: %s", type(error).__name__)
                    if pause_seconds is None:
                        return
                    time.sleep(pause_seconds)
        finally:
            self._waiting -= 1
