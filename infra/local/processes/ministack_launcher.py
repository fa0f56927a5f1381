"""MiniStack with two faults fixed: `python -m infra.local.processes.ministack_launcher`.

MiniStack saves only when it stops cleanly, so a kill would lose the user pool, and with it every
user's identity. Here a request that changes something is answered after the change was written (6
ms, atomic rename).

Its codes for sign-up and for a forgotten password are constants, and it sends no mail. Here
infra/local/identity/front.py makes the codes and sends them.

This uses private names of MiniStack, so the release is pinned exactly, a missing name stops the
start, and `tests/test_ministack_launcher.py` and `tests/test_identity_codes.py` check the
behaviour.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final, cast

import ministack.app as emulator
from ministack.core.persistence import save_all
from ministack.services import cognito, ses
from pydantic_settings import BaseSettings, SettingsConfigDict

from infra.local.identity.code_mails import CodeMails
from infra.local.identity.code_store import CodeStore
from infra.local.identity.front import Answer, Handler, IdentityFront
from infra.local.mail.sender import MailSender
from videoforge.settings import load_settings

Scope = dict[str, Any]
Send = Callable[[Scope], Awaitable[None]]
Receive = Callable[[], Awaitable[Scope]]

#: Actions that change nothing that must be kept. A kill loses receipts: their messages are
#: delivered again.
_READS: Final = ("Get", "List", "Describe", "Receive", "BatchGet", "AdminGet", "AdminList")


def is_change(scope: Scope) -> bool:
    """Say whether a request may change state; an unknown action does."""
    if scope["type"] != "http" or scope["method"] in {"GET", "HEAD", "OPTIONS"}:
        return False
    headers = dict(scope["headers"])
    action = headers.get(b"x-amz-target", b"").decode("latin-1").rpartition(".")[2]
    return not action.startswith(_READS)


def save_before_answering(app: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """Return the ASGI app, which answers a change only after the change is on disk."""

    async def saving_app(scope: Scope, receive: Receive, send: Send) -> None:
        async def save_and_send(message: Scope) -> None:
            if message["type"] == "http.response.start":
                save_all(emulator._build_persistence_save_dict())
            await send(message)

        await app(scope, receive, save_and_send if is_change(scope) else send)

    return saving_app


class LauncherSettings(BaseSettings):
    """Field names are the environment's, in lower case; MiniStack reads its own."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    mail_host: str = "127.0.0.1"
    mail_port: int = 1025
    mail_from: str = "no-reply@videoforge.localhost"
    site_name: str = "VideoForge"
    public_url: str = "http://localhost:8080"
    auto_confirm_signups: bool = False


class MiniStackPool:
    """The emulator behind IdentityFront, with its own functions from before they were replaced."""

    def __init__(self) -> None:
        self._run = cognito._run_idp_handler

    def run(self, handler: Handler, action: str, data: dict[str, Any]) -> Answer:
        return cast(Answer, self._run(handler, action, data))

    def find_pool_id(self, client_id: str) -> str | None:
        return cast("str | None", cognito._pool_for_client(client_id)[1])

    def is_confirmed(self, client_id: str, username: str) -> bool:
        pool, _ = cognito._pool_for_client(client_id)
        user: Any = cognito._resolve_user(pool, username)[0] if pool else None
        return bool(user) and user["UserStatus"] != "UNCONFIRMED"

    def refuse(self, name: str, message: str) -> Answer:
        return cast(Answer, cognito.error_response_json(name, message, 400))


def put_codes_in_front(settings: LauncherSettings) -> None:
    """Replace the codes and mails with ours. Raises AttributeError for an unknown release of the
    emulator."""
    front = IdentityFront(
        MiniStackPool(),
        codes=CodeStore(),
        sender=MailSender(host=settings.mail_host, port=settings.mail_port, sender=settings.mail_from),
        mails=CodeMails(settings.site_name, settings.public_url, settings.mail_from),
        confirms_at_once=settings.auto_confirm_signups,
    )
    _replace(cognito, "_run_idp_handler", front.run)
    _replace(ses, "send_internal_email", front.deliver)


def _replace(module: Any, name: str, replacement: object) -> None:
    getattr(module, name)
    setattr(module, name, replacement)


def main() -> None:
    """Run MiniStack's own start, with its application wrapped and its user pool behind our
    codes."""
    put_codes_in_front(load_settings(LauncherSettings))
    emulator.app = save_before_answering(emulator.app)
    emulator.main()


if __name__ == "__main__":
    main()
