"""Read one job or a page of them, with what is known live of those that run."""

from dataclasses import dataclass

from job_service.jobs.job import Job
from job_service.jobs.job_view import JobView, build_job_view
from job_service.jobs.ports import JobFilter, JobPorts
from job_service.platform.paging import PageStart
from videoforge.messages import WaitingFor
from videoforge.problems import Code, Problem


@dataclass(frozen=True, kw_only=True)
class JobPage:
    """`next_start` is None on the last page."""

    items: list[JobView]
    next_start: PageStart | None


def get_job(ports: JobPorts, job_id: str, *, user_id: str | None) -> JobView:
    """Return the job; `user_id` None takes anybody's. Raises Problem 404 `job_not_found`, for a foreign one
    too."""
    with ports.database.begin() as tx:
        job = tx.jobs.find(job_id)
        if job is None or user_id not in {None, job.user_id}:
            raise Problem(Code.job_not_found)
        waiting = [job_id] if job.status == "pending" else []
        positions = tx.jobs.find_queue_positions(waiting)
        stopped = {} if job.is_final else tx.tasks.find_waiting([job_id])
    return _show(ports, job, queue_position=positions.get(job_id), waiting_for=stopped.get(job_id))


def list_jobs(ports: JobPorts, job_filter: JobFilter, *, after: PageStart | None, limit: int) -> JobPage:
    """Return a page, newest first; one row more than asked tells whether another page follows."""
    with ports.database.begin() as tx:
        found = tx.jobs.list_page(job_filter, after=after, limit=limit + 1)
        jobs = found[:limit]
        pending = [job.id for job in jobs if job.status == "pending"]
        positions = tx.jobs.find_queue_positions(pending)
        stopped = tx.tasks.find_waiting([job.id for job in jobs if not job.is_final])
    has_more = len(found) > limit
    return JobPage(
        items=[
            _show(ports, job, queue_position=positions.get(job.id), waiting_for=stopped.get(job.id))
            for job in jobs
        ],
        next_start=PageStart(created_at=jobs[-1].created_at, id=jobs[-1].id) if has_more else None,
    )


def _show(
    ports: JobPorts, job: Job, *, queue_position: int | None, waiting_for: WaitingFor | None
) -> JobView:
    live = ports.progress.find(job.id) if job.status == "processing" else None
    return build_job_view(job, live=live, queue_position=queue_position, waiting_for=waiting_for)
