"""End a job without a result, inside the transaction of whoever found out: its tasks are cancelled, which
ends their leases, the gallery is told, and what was written is removed later."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from job_service.jobs.job import Job
from job_service.jobs.ports import JobTransaction
from job_service.outbox.message import build_status_change
from videoforge.keys import build_attempt_prefix
from videoforge.messages import TaskError

#: A processor that has lost its lease may still write until it notices, and longer if it was suspended.
LATE_TWIN_SECONDS: Final = 600


def fail_job(tx: JobTransaction, job: Job, *, error: TaskError, now: datetime) -> Job:
    """Return the failed job; `job` is locked by the caller and not final."""
    failed = job.fail(error, now=now)
    tx.outbox.add(build_status_change(job.video_id, status="failed"))
    _clear_away(tx, failed)
    return failed


def cancel_job_in(tx: JobTransaction, job: Job, *, now: datetime) -> Job:
    """Return the cancelled job; `job` is locked by the caller and not final. A video that another job still
    works on stays `processing`."""
    cancelled = job.cancel(now=now)
    if job.status == "processing" and not _has_other_running_job(tx, job):
        tx.outbox.add(build_status_change(job.video_id, status="uploaded"))
    _clear_away(tx, cancelled)
    return cancelled


def _clear_away(tx: JobTransaction, job: Job) -> None:
    tx.jobs.save(job)
    tx.tasks.cancel_of_job(job.id)
    attempts = tx.tasks.count_attempts(job.id)
    if attempts:
        tx.deletions.add_prefixes(
            target=f"{job.id}/{job.attempts}",
            user_id=job.user_id,
            prefixes=list_attempt_prefixes(job.id, attempts=attempts),
            delay_seconds=LATE_TWIN_SECONDS,
        )


def list_attempt_prefixes(job_id: str, *, attempts: int) -> Sequence[str]:
    """Return the prefixes of attempts 1 to `attempts`: not the job's own, which a later try writes below."""
    return [build_attempt_prefix(job_id, attempt=attempt) for attempt in range(1, attempts + 1)]


def _has_other_running_job(tx: JobTransaction, job: Job) -> bool:
    tx.jobs.lock_video(job.video_id)  # of two that end together the second must see the first
    others = tx.jobs.list_unfinished_of_video(job.video_id)
    return any(other.id != job.id and other.status == "processing" for other in others)
