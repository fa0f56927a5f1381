"""Try a failed or cancelled job again, under the same id and from the beginning."""

from job_service.jobs.announce_job import announce_job
from job_service.jobs.create_job import check_video
from job_service.jobs.job_view import JobView, build_job_view
from job_service.jobs.ports import JobPorts
from job_service.jobs.queue_task import queue_task
from job_service.quotas.admit import admit_jobs
from videoforge.logs import get_logger
from videoforge.problems import Code, Problem

_log = get_logger("JOB")


def retry_job(ports: JobPorts, job_id: str, *, user_id: str) -> JobView:
    """Return the job, pending again. Raises Problem 404 `job_not_found` and `video_not_found`, 409
    `job_not_retryable` and `video_in_trash`, and what admit_jobs does."""
    with ports.database.begin() as tx:
        tx.jobs.lock_user(user_id)
        found = tx.jobs.find(job_id)
        if found is None or found.user_id != user_id:
            raise Problem(Code.job_not_found)
        check_video(tx, found.video_id, user_id=user_id)
        job = tx.jobs.find(job_id, for_update=True)  # after the source: see jobs/ports.py
        if job is None:
            raise Problem(Code.job_not_found)
        if job.status not in {"failed", "cancelled"}:
            raise Problem(Code.job_not_retryable, job_status=job.status)
        admit_jobs(tx, ports.quotas, user_id=user_id, count=1)
        again = job.retry()
        tx.jobs.save(again)
        queue_task(tx, again, kind="prepare")
        positions = tx.jobs.find_queue_positions([job_id])
    _log.info("job begun again", job_id=job_id, attempts=again.attempts, status_before=job.status)
    announce_job(ports, job_id)
    return build_job_view(again, queue_position=positions.get(job_id))
