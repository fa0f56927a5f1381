"""Sweeps over whole tables: delete expired rows.

Expired sessions, revocations and idempotency keys are no longer used, because each is read with its
expiry. Sent messages are kept for a day, to show the operator what was sent where; other records
that only the operator reads are kept too, each kind for its own time.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

from job_service.jobs.ports import JobPorts
from job_service.platform.ports import Database
from job_service.relaying.record_store import RecordKind
from job_service.sweeps.ports import SweepTransaction
from videoforge.logs import get_logger

_log = get_logger("DB")


_DELETE: Final[Mapping[str, Callable[[SweepTransaction], int]]] = {
    "sessions": lambda tx: tx.sessions.delete_expired(),
    "sign_ins": lambda tx: tx.sign_ins.delete_expired(),
    "idempotency_keys": lambda tx: tx.idempotency_keys.delete_expired(),
}


def expire_sessions(database: Database[SweepTransaction]) -> int:
    """Return how many rows were deleted; one transaction for each table."""
    total = 0
    for table, delete_expired in _DELETE.items():
        with database.begin() as tx:
            count = delete_expired(tx)
        if count:
            _log.info("expired rows removed", store=table, count=count)
        total += count
    return total


_KEEP_SECONDS: Final = 86400


def prune_outbox(ports: JobPorts) -> int:
    with ports.database.begin() as tx:
        return tx.outbox.delete_sent(older_than_seconds=_KEEP_SECONDS)


#: A month answers most questions about what happened to an upload or a file. A processor may get a
#: new name at each start, and a week covers an idle fleet. SQS keeps no message longer than 14
#: days: after that no dead letter can arrive a second time and have to be recognised.
KEEP: Final[Mapping[RecordKind, timedelta]] = {
    "uploads": timedelta(days=30),
    "deletions": timedelta(days=30),
    "dead_letters": timedelta(days=15),
    "processors": timedelta(days=7),
    "set_aside": timedelta(hours=6),  # retried hourly while it is unreadable; older means processed elsewhere
}


def prune_records(database: Database[SweepTransaction]) -> int:
    """Return how many rows were deleted; one transaction for each kind."""
    total = 0
    for kind, keep in KEEP.items():
        with database.begin() as tx:
            count = tx.records.delete_older(kind, than=keep)
        if count:
            _log.info("old records removed", records=kind, count=count)
        total += count
    return total
