"""Publish a job's current state to the streams that watch it. Called after the commit, so that a
change that is rolled back is never announced. No call raises: the change is committed and the
caller gets its answer; a lost announcement is made up for by the next one and by polling."""

from job_service.jobs.ports import JobPorts
from job_service.jobs.views import build_job_view
from videoforge.logs import get_logger

_log = get_logger("JOB")


def announce_job(ports: JobPorts, job_id: str) -> None:
    """Read the job and announce it as a change of state."""
    try:
        _announce(ports, job_id)
    except Exception as error:
        _log.warning("job not announced", job_id=job_id, error=type(error).__name__)


def _announce(ports: JobPorts, job_id: str) -> None:
    with ports.database.read() as tx:
        job = tx.jobs.find(job_id)
        if job is None:
            return
        waiting = [job_id] if job.status == "pending" else []
        positions = tx.jobs.find_queue_positions(waiting)
        work = {} if job.is_final else tx.tasks.find_work([job_id])
    if job.is_final:
        ports.progress.forget(job_id)
    view = build_job_view(
        job,
        live=ports.progress.find(job_id),
        queue_position=positions.get(job_id),
        work=work.get(job_id),
    )
    ports.progress.announce(job_id, "state", job=view.model_dump(mode="json"))
