"""Which tasks a job needs next."""

from collections.abc import Iterator

from job_service.jobs.job import Job
from job_service.jobs.messages import queue_tasks
from job_service.jobs.ports import JobTransaction
from videoforge.messages import Plan, TaskKind


def queue_next_tasks(tx: JobTransaction, job: Job) -> TaskKind:
    """Queue the tasks that this try of the job still needs and can begin, and return their kind:
    prepare without a plan; every encode and the sound that has no task yet; assemble when all are
    done. Nothing is queued twice."""
    tasks = tx.tasks.list_of_job(job.id, job_attempt=job.attempts)
    if job.plan is None:
        queue_tasks(tx, job, needed=[("prepare", 0)], others=tasks)
        return "prepare"
    known = {(task.kind, task.chunk_index) for task in tasks}
    missing = [needed for needed in _list_needed(job.known_plan) if needed not in known]
    if missing:
        queue_tasks(tx, job, needed=missing, others=tasks)
    if missing or any(task.status != "done" for task in tasks):
        return "encode"
    queue_tasks(tx, job, needed=[("assemble", 0)], others=tasks)
    return "assemble"


def _list_needed(plan: Plan | None) -> Iterator[tuple[TaskKind, int]]:
    """Yield the kind and the chunk of the tasks between prepare and assemble; none for a plan that
    only another version can read, whose tasks are queued already."""
    if plan is None:
        return
    if len(plan.chunks) > 1 and plan.audio_stream is not None:
        yield "audio", 0
    for chunk in plan.chunks:
        yield "encode", chunk.index
