"""End an attempt without a result, inside the transaction of whoever found out: tried again, or the end of
the job. The rules are jobs/task.py's."""

from datetime import datetime

from job_service.jobs.end_job import fail_job
from job_service.jobs.messages import build_dispatch
from job_service.jobs.ports import JobTransaction
from job_service.jobs.task import Loss, Task
from job_service.tasks.lease import Held
from videoforge.messages import TaskError, WaitingFor


def lose_task(
    tx: JobTransaction,
    held: Held,
    loss: Loss,
    *,
    error: TaskError,
    now: datetime,
    waiting_for: WaitingFor | None = None,
) -> Task:
    """Return the task, pending for its next try or failed together with its job."""
    lost = held.task.lose(loss, error=error, now=now, waiting_for=waiting_for)
    tx.tasks.save(lost)
    if lost.status == "failed":
        fail_job(tx, held.job, error=error, now=now)
    else:
        tx.outbox.add(build_dispatch(lost))
    return lost
