"""Sweep: forget browser sessions, ends of sign-ins and idempotency keys that are past their time.

None of them is used any more: each is asked for together with its time. The sweep keeps the tables small.
"""

from collections.abc import Mapping
from typing import Protocol

from job_service.platform.ports import Database, Transaction
from videoforge.logs import get_logger

_log = get_logger("AUTH")


class ExpiringStore(Protocol):
    def delete_expired(self, transaction: Transaction) -> int:
        """Delete what is past its time and return how many that were."""


def expire_sessions(database: Database, *, stores: Mapping[str, ExpiringStore]) -> int:
    """Return how many rows went, each store's in a transaction of its own."""
    total = 0
    for name, store in stores.items():
        with database.begin() as transaction:
            count = store.delete_expired(transaction)
        if count:
            _log.info("expired rows removed", store=name, count=count)
        total += count
    return total
