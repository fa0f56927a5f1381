"""Handle the message that a job has ended: announce it to its streams and count it in the metrics.

A job's end is one message in the outbox, saved with the state (jobs/end_job.py). What happens at an
end is listed in `_HANDLERS`; a handler may be called twice for one end, if a relay is killed in
between.
"""

from collections.abc import Callable
from typing import Final

from job_service.jobs.announce_job import announce_job
from job_service.jobs.messages import JobEnd
from job_service.jobs.ports import JobPorts
from job_service.outbox.message import OutboxEntry
from job_service.set_aside.one_by_one import sweep_each

_BATCH: Final = 100
#: A batch queries the database and Redis a few times for each job, a few milliseconds each.
HOLD_SECONDS: Final = 60


def _count(ports: JobPorts, end: JobEnd) -> None:
    ports.metrics.count_end(end.status)


def _announce(ports: JobPorts, end: JobEnd) -> None:
    announce_job(ports, end.job_id)


_HANDLERS: Final[tuple[Callable[[JobPorts, JobEnd], None], ...]] = (_announce, _count)


def announce_ends(ports: JobPorts) -> int:
    """Return how many ends were announced. An unreadable message is set aside."""
    with ports.database.begin() as tx:
        entries = tx.outbox.take_due(["job_ended"], limit=_BATCH, hold_seconds=HOLD_SECONDS)
    return sweep_each(
        ports.database,
        "message",
        entries,
        find_id=lambda entry: str(entry.id),
        sweep=lambda entry: _announce_one(ports, entry),
    )


def _announce_one(ports: JobPorts, entry: OutboxEntry) -> bool:
    end = JobEnd.model_validate(entry.payload)
    for handle in _HANDLERS:
        handle(ports, end)
    with ports.database.begin() as tx:
        tx.outbox.mark_sent([entry.id])
    return True
