"""MiniStack with its state on disk before each answer: `python -m infra.local.processes.ministack_launcher`.

MiniStack itself saves only at a clean stop, so a kill would lose the user pool, and with it the identity of
every user. Here a request that changes something is answered after its change was written (6 ms, atomic
rename). This leans on two names that MiniStack does not promise; the release is pinned exactly, and
`tests/test_ministack_launcher.py` holds the promise.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import ministack.app as emulator
from ministack.core.persistence import save_all

Scope = dict[str, Any]
Send = Callable[[Scope], Awaitable[None]]
Receive = Callable[[], Awaitable[Scope]]

#: Actions that leave nothing behind. A receipt is forgotten by a kill: its message is delivered again.
_READS: Final = ("Get", "List", "Describe", "Receive", "BatchGet", "AdminGet", "AdminList")


def is_change(scope: Scope) -> bool:
    """Say whether a request may change state; an action that is not known to read does."""
    if scope["type"] != "http" or scope["method"] in {"GET", "HEAD", "OPTIONS"}:
        return False
    headers = dict(scope["headers"])
    action = headers.get(b"x-amz-target", b"").decode("latin-1").rpartition(".")[2]
    return not action.startswith(_READS)


def save_before_answering(app: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """Return the ASGI app whose answers to changes leave only after the change is on disk."""

    async def saving_app(scope: Scope, receive: Receive, send: Send) -> None:
        async def save_and_send(message: Scope) -> None:
            if message["type"] == "http.response.start":
                save_all(emulator._build_persistence_save_dict())
            await send(message)

        await app(scope, receive, save_and_send if is_change(scope) else send)

    return saving_app


def main() -> None:
    """Run MiniStack's own start, with its application wrapped."""
    emulator.app = save_before_answering(emulator.app)
    emulator.main()


if __name__ == "__main__":
    main()
