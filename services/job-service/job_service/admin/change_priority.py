"""Change the priority of a pending job, its tasks, and their messages that are not sent yet.

A message that is already in the queue keeps its place there. Later messages, for a retry or the
encodes after prepare, always use the new priority.
"""

from dataclasses import replace

from job_service.jobs.announce_job import announce_job
from job_service.jobs.ports import JobPorts
from job_service.jobs.views import JobView, build_job_view
from videoforge.logs import get_logger
from videoforge.problems import Code, Problem

_log = get_logger("JOB")


def change_priority(ports: JobPorts, job_id: str, *, priority: int) -> JobView:
    """Return the job with its new priority; the same priority again changes nothing. Raises Problem
    404 `job_not_found`, 409 `job_started`."""
    with ports.database.begin() as tx:
        job = tx.jobs.find(job_id, for_update=True)
        if job is None:
            raise Problem(Code.job_not_found)
        if job.status != "pending":
            raise Problem(Code.job_started, job_status=job.status)
        changed = job.change_priority(priority)
        tx.jobs.save(changed)
        for task in tx.tasks.list_of_job(job_id, job_attempt=job.attempts):
            tx.tasks.save(replace(task, priority=priority))
            tx.outbox.set_task_priority(task.id, priority=priority)
        positions = tx.jobs.find_queue_positions([job_id])
    _log.info("priority changed", job_id=job_id, priority=priority, priority_before=job.priority)
    announce_job(ports, job_id)
    return build_job_view(changed, queue_position=positions.get(job_id))
