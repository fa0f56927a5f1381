"""Keep the lease of a task. One statement without a look at the job: a cancelled job has cancelled its
tasks, and a task that is not running has no lease."""

from job_service.jobs.ports import JobPorts
from videoforge.messages import LeaseAnswer, LeaseProof
from videoforge.problems import Code, Problem


def heartbeat_task(ports: JobPorts, task_id: str, proof: LeaseProof, *, lease_seconds: int) -> LeaseAnswer:
    """Return the lease's new end. Raises Problem 409 `lease_lost`."""
    with ports.database.begin() as tx:
        task = tx.tasks.renew(
            task_id,
            attempt=proof.attempt,
            lease_token=proof.lease_token,
            lease_seconds=lease_seconds,
        )
        if task is None or task.leased_until is None:
            raise Problem(Code.lease_lost)
        if task.processor_id:
            tx.processors.note_seen(task.processor_id, task_id=task_id)
    return LeaseAnswer(leased_until=task.leased_until)
