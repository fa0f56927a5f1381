"""What a repeated request with an Idempotency-Key gets (draft-ietf-httpapi-idempotency-key-header-07)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

#: How long an answer is kept for its key.
KEEP: Final = timedelta(hours=24)
#: Longer than any request takes: whoever began it was killed, and a repeat goes on in its place.
ABANDONED_AFTER: Final = timedelta(seconds=60)

Decision = Literal["run", "replay", "reused", "in_progress"]


@dataclass(frozen=True, kw_only=True)
class KeyUse:
    """The first use of a key. `answer` is None while the request runs. `seed` names this use: ids made from
    it are the same when an abandoned request is run again."""

    request_hash: str
    is_new: bool
    created_at: datetime
    answer_status: int | None = None
    answer: dict[str, Any] | None = None
    seed: str = ""


def decide_repeat(use: KeyUse, *, request_hash: str, now: datetime) -> Decision:
    """Return what to do with a request whose key was used before, or is new."""
    if use.is_new:
        return "run"
    if use.request_hash != request_hash:
        return "reused"
    if use.answer is not None:
        return "replay"
    return "run" if now - use.created_at > ABANDONED_AFTER else "in_progress"
