"""Our own codes in front of the emulator's user pool.

The emulator has one constant code for every sign-up and one for every forgotten password, and sends
no mail. Here, in front of its handlers, each code is random, for one user, one purpose and one use
(code_store.py), and the mail is really sent; what the emulator itself would send is intercepted. A
request with the correct code is forwarded with the constant in its place; no other request is, so
the constants open nothing.

Every response is one of Cognito's ("Amazon Cognito user pools API reference"), the same for a user
that exists and one that does not.
"""

import logging
from collections.abc import Callable
from typing import Any, Final, Protocol

from infra.local.identity.code_mails import CodeMails
from infra.local.identity.code_store import CodeName, CodeStore, Purpose, Verdict
from infra.local.mail.sender import MailSender

#: (status, headers, body) of a response.
Answer = tuple[int, dict[str, str], Any]
Handler = Callable[[dict[str, Any]], Answer]

_REQUESTS: Final = {"ForgotPassword": Purpose.RESET, "ResendConfirmationCode": Purpose.CONFIRM}
_CONFIRMS: Final = {"ConfirmForgotPassword": Purpose.RESET, "ConfirmSignUp": Purpose.CONFIRM}
#: What the emulator compares the code with, after our own check has passed.
_CONSTANTS: Final = {Purpose.CONFIRM: "123456", Purpose.RESET: "654321"}

_log = logging.getLogger("videoforge.identity")


class Emulator(Protocol):
    """The parts of the emulator that are used; `ministack_launcher.py` provides them."""

    def run(self, handler: Handler, action: str, data: dict[str, Any]) -> Answer: ...

    def find_pool_id(self, client_id: str) -> str | None: ...

    def is_confirmed(self, client_id: str, username: str) -> bool: ...

    def refuse(self, name: str, message: str) -> Answer: ...


class IdentityFront:
    """With `confirms_at_once` sign-ups are confirmed without a code, and no mail is sent."""

    def __init__(
        self,
        emulator: Emulator,
        *,
        codes: CodeStore,
        sender: MailSender,
        mails: CodeMails,
        confirms_at_once: bool,
    ) -> None:
        self._emulator = emulator
        self._codes = codes
        self._sender = sender
        self._mails = mails
        self._confirms_at_once = confirms_at_once

    def run(self, handler: Handler, action: str, data: dict[str, Any]) -> Answer:
        """Replaces the emulator's dispatch of one action of the user pool."""
        if action in _CONFIRMS:
            return self._confirm(handler, action, data)
        if refusal := self._refuse_request(action, data):
            return refusal
        return self._emulator.run(handler, action, data)

    def _refuse_request(self, action: str, data: dict[str, Any]) -> Answer | None:
        """Return why no mail can be sent now, before anything is done."""
        if action in _REQUESTS:
            if not self._codes.may_request(self._name(_REQUESTS[action], data)):
                return self._refuse_too_many()
        elif action != "SignUp" or self._confirms_at_once:
            return None
        if not self._sender.is_open():
            return self._emulator.refuse("CodeDeliveryFailureException", "The mail server does not answer.")
        if action == "ResendConfirmationCode" and self._is_confirmed(data):
            return self._emulator.refuse("InvalidParameterException", "User is already confirmed.")
        return None

    def _confirm(self, handler: Handler, action: str, data: dict[str, Any]) -> Answer:
        purpose, code = _CONFIRMS[action], str(data.get("ConfirmationCode", ""))
        name = self._name(purpose, data)
        verdict = self._codes.take(name, code=code)
        if verdict is not Verdict.RIGHT:
            return self._refuse_code(verdict)
        answer = self._emulator.run(handler, action, data | {"ConfirmationCode": _CONSTANTS[purpose]})
        if answer[0] != 200:  # a weak password, for example: the code stays valid for a retry
            self._codes.give_back(name, code=code)
        return answer

    def _refuse_code(self, verdict: Verdict) -> Answer:
        if verdict is Verdict.TOO_MANY:
            return self._refuse_too_many()
        if verdict is Verdict.EXPIRED:
            return self._emulator.refuse(
                "ExpiredCodeException", "Invalid code provided, please request a code again."
            )
        return self._emulator.refuse(
            "CodeMismatchException", "Invalid verification code provided, please try again."
        )

    def _refuse_too_many(self) -> Answer:
        return self._emulator.refuse(
            "LimitExceededException", "Attempt limit exceeded, please try after some time."
        )

    def deliver(
        self,
        source: str,
        to_addrs: list[str],
        subject: str,
        body_text: str = "",
        body_html: str = "",
        type_name: str = "",
        config_set: str = "",
        extra: dict[str, Any] | None = None,
    ) -> None:
        """Replaces the emulator's record of sent mails, which it calls for an existing user: sends
        a code of ours instead of its constant. An invitation is sent as it is, anything else is
        not."""
        details = extra or {}
        if type_name == "CognitoInvitationMessage":
            for address in to_addrs:
                self._send(address, subject=subject, text=body_text or body_html)
        elif type_name == "CognitoVerificationMessage":
            purpose = Purpose.RESET if details.get("AttributeName") == "password" else Purpose.CONFIRM
            for address in to_addrs:
                self._send_code(purpose, pool_id=str(details.get("UserPoolId", "")), address=address)
        else:
            _log.warning("mail of kind %s not sent", type_name)

    def _send_code(self, purpose: Purpose, *, pool_id: str, address: str) -> None:
        if purpose is Purpose.CONFIRM and self._confirms_at_once:
            return
        code = self._codes.issue(CodeName(purpose, pool_id, address.lower()))
        try:
            self._sender.send_later(self._mails.write_code(purpose, address=address, code=code))
        except ValueError:
            _log.warning("no mail can be written to an address of a wrong shape")

    def _send(self, address: str, *, subject: str, text: str) -> None:
        try:
            self._sender.send_later(self._mails.write(address=address, subject=subject, text=text))
        except ValueError:
            _log.warning("no mail can be written to an address of a wrong shape")

    def _name(self, purpose: Purpose, data: dict[str, Any]) -> CodeName:
        """Users are identified by their address, as in the pool; an unknown client is always
        refused."""
        pool_id = self._emulator.find_pool_id(str(data.get("ClientId", "")))
        return CodeName(purpose, pool_id or "", str(data.get("Username", "")).lower())

    def _is_confirmed(self, data: dict[str, Any]) -> bool:
        return self._emulator.is_confirmed(str(data.get("ClientId", "")), str(data.get("Username", "")))
