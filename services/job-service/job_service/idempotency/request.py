"""What a repeated request with an Idempotency-Key gets (draft-ietf-httpapi-idempotency-key-header-07)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

#: How long an answer is kept for its key.
KEEP: Final = timedelta(hours=24)
#: Whoever began it was most likely killed, and a repeat goes on in its place. A request that is only slow
#: meets the repeat without harm: both make the same ids, and one of the two answers is kept.
ABANDONED_AFTER: Final = timedelta(seconds=30)

Decision = Literal["run", "replay", "reused", "in_progress"]


@dataclass(frozen=True, kw_only=True)
class KeptAnswer:
    status: int
    body: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class KeyUse:
    """The use of a key as it was found. `holder` names the run that has it, None for none; it took the key at
    `held_at`. `answer` is None until the effect is committed. `seed` names this use: ids made from it are the
    same when the request is run again."""

    request_hash: str
    created_at: datetime
    held_at: datetime
    holder: str | None = None
    answer: KeptAnswer | None = None
    seed: str = ""


def decide_repeat(use: KeyUse, *, request_hash: str, now: datetime) -> Decision:
    """Return what to do with a request whose key is in use, or is free."""
    if use.request_hash != request_hash:
        return "reused"
    if use.answer is not None:
        return "replay"
    is_held = use.holder is not None and now - use.held_at <= ABANDONED_AFTER
    return "in_progress" if is_held else "run"
