"""End an attempt without a result: the processor failed, has to stop, or needs something that is
unavailable.

In one transaction the task is retried later or its job fails; the rules are in jobs/task.py.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from job_service.jobs.announce_job import announce_job
from job_service.jobs.end_job import fail_job
from job_service.jobs.messages import build_dispatch
from job_service.jobs.ports import JobPorts, JobTransaction
from job_service.jobs.task import Loss, Task
from job_service.tasks.lease import LockedTask, check_lease, lock_task
from videoforge.logs import get_logger
from videoforge.messages import TaskError, TaskFailure, TaskKind, WaitingFor

_log = get_logger("JOB")


def lose_task(
    tx: JobTransaction,
    locked: LockedTask,
    loss: Loss,
    *,
    error: TaskError,
    now: datetime,
    waiting_for: WaitingFor | None = None,
) -> Task:
    """Return the task, either pending for its next attempt or failed together with its job."""
    lost = locked.task.lose(loss, error=error, now=now, waiting_for=waiting_for)
    tx.tasks.save(lost)
    if lost.status == "failed":
        fail_job(tx, locked.job, error=error, now=now)
    else:
        tx.outbox.add(build_dispatch(lost))
    return lost


#: Only after these losses does the task show what it waits for; any other counts against its tries.
_WAITING_KINDS: Final = frozenset({"outage", "no_room"})


@dataclass(frozen=True, kw_only=True)
class Failed:
    """`is_repeat` is true if the same failure was reported before."""

    will_retry: bool
    kind: TaskKind
    is_repeat: bool = False


def fail_task(ports: JobPorts, task_id: str, failure: TaskFailure) -> Failed:
    """Count the failure and return whether the task is retried; a second call by the same holder
    gets the same answer and counts nothing. Raises Problem 404 `task_not_found`, 409
    `lease_lost`."""
    with ports.database.begin() as tx:
        locked = lock_task(tx, task_id)
        if locked.task.was_returned_by(lease_token=failure.lease_token):
            will_retry = locked.task.status not in {"failed", "cancelled"}
            return Failed(will_retry=will_retry, kind=locked.task.kind, is_repeat=True)
        check_lease(locked, failure)
        now = tx.jobs.read_clock()
        lost = lose_task(
            tx,
            locked,
            failure.kind,
            error=failure.error,
            now=now,
            waiting_for=failure.waiting_for if failure.kind in _WAITING_KINDS else None,
        )
        if locked.task.processor_id:
            tx.processors.note_seen(locked.task.processor_id, task_id=None)
    will_retry = lost.status == "pending"
    _log.warning(
        "task failed",
        job_id=locked.job.id,
        task_id=task_id,
        attempt=locked.task.attempt,
        kind=failure.kind,
        error_code=failure.error.code,
        detail=failure.error.message,
        waiting_for=lost.waiting_for,
        will_retry=will_retry,
    )
    if lost.waiting_for:
        announce_job(ports, locked.job.id)
    return Failed(will_retry=will_retry, kind=locked.task.kind)
