"""Write a task of a job and its message, inside the transaction of whoever decided that it is next."""

import uuid

from job_service.jobs.job import Job
from job_service.jobs.messages import build_dispatch
from job_service.jobs.ports import JobTransaction
from job_service.jobs.task import Task
from videoforge.messages import TaskKind


def queue_task(tx: JobTransaction, job: Job, *, kind: TaskKind, chunk_index: int = 0) -> None:
    """Attempts go on from those of the job's earlier tries, because outputs lie under the attempt's number
    and no key may be written twice."""
    now = tx.jobs.read_clock()
    task = Task(
        id=str(uuid.uuid4()),
        job_id=job.id,
        job_attempt=job.attempts,
        kind=kind,
        chunk_index=chunk_index,
        priority=job.priority,
        attempt=tx.tasks.count_attempts(job.id, before_try=job.attempts),
        created_at=now,
        dispatched_at=now,
        not_before_at=now,
    )
    tx.tasks.insert(task)
    tx.outbox.add(build_dispatch(task))
