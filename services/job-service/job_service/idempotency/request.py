"""How to answer a repeated request with an Idempotency-Key
(draft-ietf-httpapi-idempotency-key-header-07)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

#: How long an answer is kept for its key.
KEEP: Final = timedelta(hours=24)
#: After this the run that holds the key has most likely been killed, and a repeat takes over. If it
#: is only slow, the repeat does no harm: both derive the same ids, and only one of the two answers
#: is stored.
ABANDONED_AFTER: Final = timedelta(seconds=30)

Decision = Literal["run", "replay", "reused", "in_progress"]


@dataclass(frozen=True, kw_only=True)
class KeptAnswer:
    status: int
    body: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class KeyUse:
    """The stored use of a key. `holder` is the run that holds it, None if none does, since
    `held_at`. `answer` is None until the change is committed. `seed` identifies this use: ids
    derived from it are the same when the request runs again."""

    request_hash: str
    created_at: datetime
    held_at: datetime
    holder: str | None = None
    answer: KeptAnswer | None = None
    seed: str = ""


def decide_repeat(use: KeyUse, *, request_hash: str, now: datetime) -> Decision:
    """Decide what to do with a request whose key is in use, or is free."""
    if use.request_hash != request_hash:
        return "reused"
    if use.answer is not None:
        return "replay"
    is_held = use.holder is not None and now - use.held_at <= ABANDONED_AFTER
    return "in_progress" if is_held else "run"
