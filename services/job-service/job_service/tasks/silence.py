"""Whose fault an expired lease is: the task API may have been down, and the holder could not renew
it."""

from dataclasses import dataclass
from datetime import datetime

from job_service.jobs.ports import JobTransaction
from job_service.jobs.task import Task


@dataclass(frozen=True, kw_only=True)
class Silence:
    """For `wait_seconds` the holder may still call; a lease that expired before `blameless_before`
    is not a crash."""

    wait_seconds: float = 0.0
    blameless_before: datetime | None = None


def find_silence(tx: JobTransaction, task: Task, *, lease_seconds: int) -> Silence:
    """Return what the task API's heartbeats say about the task's lease; nothing for a lease that
    has not expired."""
    if task.status != "running" or task.confirmed_at is None or task.leased_until is None:
        return Silence()
    beat, now = tx.beats.find(), tx.jobs.read_clock()
    if beat is None or task.leased_until >= now:
        return Silence()
    return Silence(
        wait_seconds=beat.count_reconnect_seconds(task.leased_until, lease_seconds=lease_seconds, now=now),
        blameless_before=beat.choose_blameless_before(lease_seconds=lease_seconds),
    )
