"""Write a task of a job and its message, inside the transaction of whoever decided that it is next."""

import uuid

from job_service.jobs.job import Job
from job_service.jobs.messages import build_dispatch
from job_service.jobs.ports import JobPorts
from job_service.jobs.task import Task
from job_service.platform.ports import Transaction
from videoforge.messages import TaskKind


def queue_task(
    ports: JobPorts, transaction: Transaction, job: Job, *, kind: TaskKind, chunk_index: int = 0
) -> None:
    """Attempts go on from those of the job's earlier tries, because outputs lie under the attempt's number
    and no key may be written twice."""
    now = ports.jobs.read_clock(transaction)
    task = Task(
        id=str(uuid.uuid4()),
        job_id=job.id,
        job_attempt=job.attempts,
        kind=kind,
        chunk_index=chunk_index,
        priority=job.priority,
        attempt=ports.tasks.count_attempts(transaction, job.id, before_try=job.attempts),
        created_at=now,
        dispatched_at=now,
        not_before_at=now,
    )
    ports.tasks.insert(transaction, task)
    ports.outbox.add(transaction, build_dispatch(task))
