"""The table `idempotency_keys`: which request a key was first used for, who runs it, and its answer."""

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
        """Note the use of a key, or find the one that is there and not older than a day; locked until the
        transaction ends."""

    def hold(self, scope: KeyScope, *, holder: str) -> None:
        """Give the key to a run, whoever had it before."""

    def keep_answer(self, scope: KeyScope, use: KeyUse, *, answer: KeptAnswer) -> bool:
        """Keep the answer of this use. False, with nothing changed, where the use is over or has one."""

    def find_answer(self, scope: KeyScope, use: KeyUse) -> KeptAnswer | None: ...

    def release(self, scope: KeyScope, *, holder: str) -> None:
        """Let the next run have the key at once, with the same seed; nothing where the key has its answer or
        another run has it."""

    def forget(self, scope: KeyScope, *, holder: str) -> None:
        """Free the key of a request that changed nothing, so that it may come again, mended; else as
        `release`."""

    def delete_expired(self) -> int:
        """Delete the keys that `note_use` would take as new ones, and return how many."""


@dataclass(frozen=True, kw_only=True)
class IdempotencyTransaction:
    idempotency_keys: IdempotencyStore
