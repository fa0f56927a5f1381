"""Send again what the queue gave up on: its dead letters at once, and the jobs that failed for them."""

from dataclasses import dataclass
from typing import Final

from job_service.errors import Problem
from job_service.ports.admin import AdminPorts
from job_service.use_cases.jobs.retry_job import retry_job
from job_service.use_cases.sweeps.drain_dead_letters import drain_dead_letters
from videoforge.logs import get_logger

#: Of ten messages each; the relay's sweep goes on with what is left.
_MAX_DRAINS: Final = 10
_MAX_JOBS: Final = 100

_log = get_logger("QUEUE")


@dataclass(frozen=True, kw_only=True)
class Redriven:
    """How many dead letters were dealt with, and how many failed jobs began again."""

    dead_letters: int
    jobs: int


def redrive_dead_letters(ports: AdminPorts) -> Redriven:
    """Jobs whose video is gone or in the trash stay failed."""
    drained = 0
    for _ in range(_MAX_DRAINS):
        count = drain_dead_letters(ports.relay)
        drained += count
        if not count:
            break
    with ports.database.begin() as transaction:
        failed = ports.operations.list_undeliverable_jobs(transaction, limit=_MAX_JOBS)
    jobs = sum(_retry(ports, job_id, user_id=user_id) for job_id, user_id in failed)
    _log.info("dead letters redriven", dead_letters=drained, jobs=jobs)
    return Redriven(dead_letters=drained, jobs=jobs)


def _retry(ports: AdminPorts, job_id: str, *, user_id: str) -> bool:
    try:
        # An operator's redrive is not held up by a user's limits.
        retry_job(ports.jobs, job_id, user_id=user_id, is_limited=False)
    except Problem as problem:
        _log.info("job is not begun again", job_id=job_id, reason=problem.code)
        return False
    return True
