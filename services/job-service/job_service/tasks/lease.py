"""Leases: lock a task after its job, check that the caller holds it, renew it.

Every write by a processor starts here; videoforge/messages.py says how a processor reacts to each
refusal. Answers to heartbeats and to reports of progress also say whether light work waits. Renewal
is one statement that does not read the job: cancelling a job cancels its tasks, and a task that is
not running has no lease.
"""

from dataclasses import dataclass
from typing import Final

from job_service.jobs.job import Job
from job_service.jobs.ports import JobPorts, JobTransaction
from job_service.jobs.task import Task
from videoforge.messages import LeaseAnswer, LeaseProof
from videoforge.problems import Code, Problem

#: How long a task may wait once its rows are readable again.
_SET_ASIDE_SECONDS: Final = 60.0
#: A processor with a free slot has a message within this time, and takes the task by it.
LIGHT_WAIT_SECONDS: Final = 1.0


def task_leased(*, retry_after_seconds: float) -> Problem:
    """Return the 409 for a task that another processor holds, or that waits for its next
    attempt."""
    seconds = max(1.0, round(retry_after_seconds, 1))
    return Problem(Code.task_leased, extra={"retry_after_seconds": seconds})


def no_room(*, retry_after_seconds: float) -> Problem:
    """Return the 409 for a task that needs more disk space than the caller has."""
    return Problem(Code.no_room, extra={"retry_after_seconds": retry_after_seconds})


def nothing_due() -> Problem:
    """Return the 409 for a message that no task needs."""
    return Problem(Code.nothing_due)


def task_set_aside() -> Problem:
    """Return the 409 for a task whose rows this version cannot read."""
    return Problem(Code.task_set_aside, extra={"retry_after_seconds": _SET_ASIDE_SECONDS})


@dataclass(frozen=True, kw_only=True)
class LockedTask:
    """A job and one of its tasks, both locked until the transaction ends."""

    job: Job
    task: Task


def lock_task(tx: JobTransaction, task_id: str) -> LockedTask:
    """Lock the job first and then the task, the order used everywhere. Raises Problem 404
    `task_not_found`."""
    found = tx.tasks.find(task_id)
    if found is None:
        raise Problem(Code.task_not_found)
    job = tx.jobs.find(found.job_id, for_update=True)
    task = tx.tasks.find(task_id, for_update=True)
    if job is None or task is None:  # the job was deleted with its tasks between the two reads
        raise Problem(Code.task_not_found)
    return LockedTask(job=job, task=task)


def check_lease(locked: LockedTask, proof: LeaseProof) -> None:
    """Raise Problem 409 `lease_lost` unless the proof belongs to the running attempt."""
    is_held = locked.task.is_leased_by(attempt=proof.attempt, lease_token=proof.lease_token)
    if not is_held or locked.job.is_final or locked.task.job_attempt != locked.job.attempts:
        raise Problem(Code.lease_lost)


def build_answer(tx: JobTransaction, task: Task) -> LeaseAnswer:
    """Return the answer to the holder of a lease. Raises Problem 409 `lease_lost` without one."""
    if task.leased_until is None:
        raise Problem(Code.lease_lost)
    waits = tx.tasks.has_light_waiting(due_for_seconds=LIGHT_WAIT_SECONDS)
    return LeaseAnswer(leased_until=task.leased_until, light_work_waits=waits)


def heartbeat_task(ports: JobPorts, task_id: str, proof: LeaseProof, *, lease_seconds: int) -> LeaseAnswer:
    """Return when the renewed lease ends. Raises Problem 409 `lease_lost`."""
    with ports.database.begin() as tx:
        task = tx.tasks.renew(
            task_id,
            attempt=proof.attempt,
            lease_token=proof.lease_token,
            lease_seconds=lease_seconds,
        )
        if task is None:
            raise Problem(Code.lease_lost)
        if task.processor_id:
            tx.processors.note_seen(task.processor_id, task_id=task_id)
        return build_answer(tx, task)
