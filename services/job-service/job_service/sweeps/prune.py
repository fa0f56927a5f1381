"""Sweeps over whole tables: delete what is past its time.

Expired sessions, revocations and idempotency keys are not used any more, since each is read together with
its time. Messages that were sent stay for a day, to tell the operator what went where; so do, each for its
own time, other records that only the operator reads.
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
    """Return how many rows went, each table's in a transaction of its own."""
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


#: A month answers most questions of what became of an upload or a file. A processor's name may be new with
#: each start, and a week covers a fleet that is idle. SQS keeps no message longer than 14 days: after
#: that no dead letter can come a second time and has to be known.
KEEP: Final[Mapping[RecordKind, timedelta]] = {
    "uploads": timedelta(days=30),
    "deletions": timedelta(days=30),
    "dead_letters": timedelta(days=15),
    "processors": timedelta(days=7),
    "set_aside": timedelta(hours=6),  # looked at hourly while it lasts: it was dealt with elsewhere
}


def prune_records(database: Database[SweepTransaction]) -> int:
    """Return how many rows went, each kind's in a transaction of its own."""
    total = 0
    for kind, keep in KEEP.items():
        with database.begin() as tx:
            count = tx.records.delete_older(kind, than=keep)
        if count:
            _log.info("old records removed", records=kind, count=count)
        total += count
    return total
