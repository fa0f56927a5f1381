"""The table `idempotency_keys`: the request a key was first used for, the run that holds it, and
its answer."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from job_service.idempotency.request import KeptAnswer, KeyUse


@dataclass(frozen=True, kw_only=True)
class KeyScope:
    """A key belongs to one user and one route."""

    user_id: str
    route: str
    key: str


class IdempotencyStore(Protocol):
    """The table `idempotency_keys`."""

    def read_clock(self) -> datetime: ...

    def note_use(self, scope: KeyScope, *, request_hash: str) -> KeyUse:
        """Record the use of a key, or return the existing one if it is at most a day old; locked
        until the transaction ends."""

    def hold(self, scope: KeyScope, *, holder: str) -> None:
        """Assign the key to a run, replacing any previous holder."""

    def keep_answer(self, scope: KeyScope, use: KeyUse, *, answer: KeptAnswer) -> bool:
        """Store the answer of this use. Returns False, changing nothing, if the use is over or
        already has one."""

    def find_answer(self, scope: KeyScope, use: KeyUse) -> KeptAnswer | None: ...

    def release(self, scope: KeyScope, *, holder: str) -> None:
        """Let the next run take the key immediately, with the same seed; does nothing if the key
        has its answer or another run holds it."""

    def forget(self, scope: KeyScope, *, holder: str) -> None:
        """Free the key of a request that changed nothing, so that a corrected one can use it;
        otherwise like `release`."""

    def delete_expired(self) -> int:
        """Delete the keys that `note_use` would treat as new, and return how many."""


@dataclass(frozen=True, kw_only=True)
class IdempotencyTransaction:
    idempotency_keys: IdempotencyStore
