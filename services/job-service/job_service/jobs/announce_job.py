"""Tell whoever watches a job how it is now. Called after the commit, so that nobody is told of a change that
was rolled back. No call raises: the change stands, and its caller is told so; what was not announced is made
good by the next announcement and by polling."""

from job_service.jobs.job import JobStatus
from job_service.jobs.job_view import build_job_view
from job_service.jobs.ports import JobPorts
from videoforge.logs import get_logger

_log = get_logger("JOB")


def announce_job(ports: JobPorts, job_id: str) -> None:
    """Read the job as it stands and announce it as a change of state."""
    try:
        _announce(ports, job_id)
    except Exception as error:
        _log.warning("job not announced", job_id=job_id, error=type(error).__name__)


def announce_end(ports: JobPorts, job_id: str, *, status: JobStatus) -> None:
    """Announce a job whose end this caller has just committed, and count it: whoever ends a job calls this,
    once, with the state that it gave."""
    ports.tally.count_end(status)
    announce_job(ports, job_id)


def _announce(ports: JobPorts, job_id: str) -> None:
    with ports.database.begin() as transaction:
        job = ports.jobs.find(transaction, job_id)
        if job is None:
            return
        waiting = [job_id] if job.status == "pending" else []
        positions = ports.jobs.find_queue_positions(transaction, waiting)
        stopped = {} if job.is_final else ports.tasks.find_waiting(transaction, [job_id])
    if job.is_final:
        ports.board.forget(job_id)
    view = build_job_view(
        job,
        live=ports.board.find(job_id),
        queue_position=positions.get(job_id),
        waiting_for=stopped.get(job_id),
    )
    ports.board.announce(job_id, "state", job=view.model_dump(mode="json"))
