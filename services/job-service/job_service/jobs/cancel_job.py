"""Stop a job on its owner's wish, or an administrator's. Processors at work on it hear of it at their next
heartbeat or report."""

from job_service.jobs.end_job import cancel_job_in
from job_service.jobs.job_view import JobView, build_job_view
from job_service.jobs.ports import JobPorts
from videoforge.logs import get_logger
from videoforge.problems import Code, Problem

_log = get_logger("JOB")


def cancel_job(ports: JobPorts, job_id: str, *, user_id: str | None) -> JobView:
    """Return the cancelled job; `user_id` None takes anybody's. Raises Problem 404 `job_not_found`, 409
    `job_finished`."""
    with ports.database.begin() as tx:
        job = tx.jobs.find(job_id, for_update=True)
        if job is None or user_id not in {None, job.user_id}:
            raise Problem(Code.job_not_found)
        if job.is_final:
            raise Problem(Code.job_finished, job_status=job.status)
        cancelled = cancel_job_in(tx, job, now=tx.jobs.read_clock())
    _log.info("job cancelled", job_id=job_id, status_before=job.status)
    return build_job_view(cancelled)
