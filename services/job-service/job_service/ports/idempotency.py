"""The table `idempotency_keys`: which request a key was first used for, and its answer."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from job_service.domain.idempotency import KeyUse
from job_service.ports.database import Database, Transaction


@dataclass(frozen=True, kw_only=True)
class KeyScope:
    """A key belongs to one user and one route."""

    user_id: str
    route: str
    key: str


class IdempotencyStore(Protocol):
    def read_clock(self, transaction: Transaction) -> datetime: ...

    def begin(self, transaction: Transaction, scope: KeyScope, *, request_hash: str) -> KeyUse:
        """Note the use of a key, or return the one that is there and not older than a day."""

    def keep_answer(
        self, transaction: Transaction, scope: KeyScope, *, status: int, answer: dict[str, Any]
    ) -> None: ...

    def forget(self, transaction: Transaction, scope: KeyScope) -> None:
        """Free the key of a request that changed nothing, so that it may come again, mended."""


@dataclass(frozen=True, kw_only=True)
class IdempotencyPorts:
    database: Database
    keys: IdempotencyStore
