"""Sweep: forget what is over and was kept for the operator alone, each kind of record after its own time."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from job_service.platform.ports import Database
from job_service.relaying.record_store import RecordKind
from job_service.sweeps.ports import SweepTransaction
from videoforge.logs import get_logger

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

_log = get_logger("DB")


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
