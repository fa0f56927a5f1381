"""Sweep: take back tasks whose processor was lost or whose claim was never confirmed.

The grace period lets the queue's own redelivery come first: the next receiver claims the task by
itself. A claim that was never confirmed is not a crash: its answer was lost when the database or
job-service stopped. Nor is a lease that could not be renewed while the task API was down; its
holder first gets time to call again.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final, Literal

from job_service.jobs.messages import build_dispatch
from job_service.jobs.ports import JobPorts, JobTransaction
from job_service.jobs.task import CONFIRM_SECONDS, Task
from job_service.set_aside.one_by_one import sweep_each
from job_service.tasks.fail_task import lose_task
from job_service.tasks.lease import lock_task
from videoforge.logs import get_logger
from videoforge.messages import TaskError
from videoforge.problem_codes import Code

_log = get_logger("JOB")


def sweep_tasks(ports: JobPorts, tasks: Iterable[Task], *, sweep: Callable[[Task], int]) -> int:
    """Sweep these tasks one by one; see `sweep_each`."""
    return sweep_each(ports.database, "task", tasks, find_id=lambda task: task.id, sweep=sweep)


_BATCH: Final = 100
_LOST: Final = TaskError(
    code=Code.processor_lost.name,
    message=Code.processor_lost.value.detail,
    retryable=True,
    hint=Code.processor_lost.value.hint,
)


def reap_leases(ports: JobPorts, *, grace_seconds: float, lease_seconds: float) -> int:
    """Return how many tasks were taken back."""
    with ports.database.begin() as tx:
        expired = tx.tasks.list_expired(grace_seconds=grace_seconds, limit=_BATCH)
        unconfirmed = tx.tasks.list_unconfirmed(confirm_seconds=CONFIRM_SECONDS, limit=_BATCH)
    taken_back = sweep_tasks(ports, unconfirmed, sweep=lambda task: _take_back(ports, task))
    return taken_back + sweep_tasks(
        ports,
        expired,
        sweep=lambda task: _reap(ports, task, grace_seconds=grace_seconds, lease_seconds=lease_seconds),
    )


def _take_back(ports: JobPorts, seen: Task) -> bool:
    """Check again under the lock: since the listing, the holder may have sent a heartbeat."""
    with ports.database.begin() as tx:
        locked = lock_task(tx, seen.id)
        now = tx.jobs.read_clock()
        if locked.job.is_final or not locked.task.is_unconfirmed_since(
            now - timedelta(seconds=CONFIRM_SECONDS)
        ):
            return False
        locked.job.check_readable()  # no processor could claim it
        free = locked.task.take_back(now=now)
        tx.tasks.save(free)
        tx.outbox.add(build_dispatch(free))
    _log.warning(
        "claim was never confirmed",
        job_id=free.job_id,
        task_id=free.id,
        attempt=free.attempt,
        processor_id=seen.processor_id,
    )
    return True


def _reap(ports: JobPorts, seen: Task, *, grace_seconds: float, lease_seconds: float) -> bool:
    """Check again under the lock: since the listing, the task may have been finished, renewed or
    claimed again."""
    with ports.database.begin() as tx:
        locked = lock_task(tx, seen.id)
        now = tx.jobs.read_clock()
        task = locked.task
        if task.status != "running" or task.leased_until is None or locked.job.is_final:
            return False
        if task.confirmed_at is None:
            return False  # not a crash: left to _take_back
        if task.leased_until + timedelta(seconds=grace_seconds) > now:
            return False
        locked.job.check_readable()  # no processor could claim it
        blame = _find_blame(tx, task, lease_seconds=lease_seconds, now=now)
        if blame is None:
            return False
        if blame == "task_api":
            lost = task.take_back(now=now)
            tx.tasks.save(lost)
            tx.outbox.add(build_dispatch(lost))
        else:
            lost = lose_task(tx, locked, "crash", error=_LOST, now=now)
    _log.warning(
        "processor lost" if blame == "processor" else "lease lost while the task API was down",
        job_id=task.job_id,
        task_id=task.id,
        attempt=task.attempt,
        processor_id=task.processor_id,
        crashes=lost.crashes,
        will_retry=lost.status == "pending",
    )
    return True


def _find_blame(
    tx: JobTransaction, task: Task, *, lease_seconds: float, now: datetime
) -> Literal["processor", "task_api"] | None:
    """Return who is to blame for an expired lease, or None while its holder may still call again:
    the task API is down, or has just come back."""
    beat = tx.beats.find()
    if beat is None or task.leased_until is None:
        return "processor"
    if beat.count_reconnect_seconds(task.leased_until, lease_seconds=lease_seconds, now=now) > 0:
        return None
    blameless_before = beat.choose_blameless_before(lease_seconds=lease_seconds)
    return "task_api" if blameless_before and task.leased_until < blameless_before else "processor"
