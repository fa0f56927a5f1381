"""Sweep: forget browser sessions, ends of sign-ins and idempotency keys that are past their time.

None of them is used any more: each is asked for together with its time. The sweep keeps the tables small.
"""

from collections.abc import Callable, Mapping
from typing import Final

from job_service.platform.ports import Database
from job_service.sweeps.ports import SweepTransaction
from videoforge.logs import get_logger

_DELETE: Final[Mapping[str, Callable[[SweepTransaction], int]]] = {
    "sessions": lambda tx: tx.sessions.delete_expired(),
    "sign_ins": lambda tx: tx.sign_ins.delete_expired(),
    "idempotency_keys": lambda tx: tx.idempotency_keys.delete_expired(),
}

_log = get_logger("AUTH")


def expire_sessions(database: Database[SweepTransaction]) -> int:
    """Return how many rows went, each table's in a transaction of its own."""
    total = 0
    for table, delete_expired in _DELETE.items():
        with database.begin() as tx:
            count = delete_expired(tx)
        if count:
            _log.info("expired rows removed", store=table, count=count)
        total += count
    return total
