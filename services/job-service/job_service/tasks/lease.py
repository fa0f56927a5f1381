"""Lock a task under its job, and check that the caller holds it: how a processor's writes begin."""

from dataclasses import dataclass

from job_service.jobs.job import Job
from job_service.jobs.ports import JobTransaction
from job_service.jobs.task import Task
from videoforge.messages import LeaseProof
from videoforge.problems import Code, Problem


@dataclass(frozen=True, kw_only=True)
class Held:
    """A job and one of its tasks, both locked until the transaction ends."""

    job: Job
    task: Task


def lock_task(tx: JobTransaction, task_id: str) -> Held:
    """Lock the job first and the task after it, as everyone does. Raises Problem 404 `task_not_found`."""
    found = tx.tasks.find(task_id)
    if found is None:
        raise Problem(Code.task_not_found)
    job = tx.jobs.find(found.job_id, for_update=True)
    task = tx.tasks.find(task_id, for_update=True)
    if job is None or task is None:  # the job went with its tasks between the two looks
        raise Problem(Code.task_not_found)
    return Held(job=job, task=task)


def check_lease(held: Held, proof: LeaseProof) -> None:
    """Raise Problem 409 `lease_lost` unless the proof is the running attempt's."""
    is_held = held.task.is_leased_by(attempt=proof.attempt, lease_token=proof.lease_token)
    if not is_held or held.job.is_final or held.task.job_attempt != held.job.attempts:
        raise Problem(Code.lease_lost)
