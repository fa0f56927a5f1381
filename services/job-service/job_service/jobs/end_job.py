"""How a job ends: completed, failed or cancelled. Only this module gives a job a final state.

Each end is part of the transaction that decides it, which also writes two messages to the outbox:
one for the gallery and one saying that the job has ended. Everything else that follows from an end
(streams, metrics) is done by the relay, relaying/announce_ends.py: nothing that was rolled back is
announced, and a crash after the commit loses no announcement.
"""

from collections.abc import Sequence
from datetime import datetime

from job_service.jobs.job import Job
from job_service.jobs.kept_tasks import schedule_cleanup
from job_service.jobs.messages import build_job_end
from job_service.jobs.ports import JobTransaction
from job_service.outbox.message import OutboxMessage, build_status_change
from videoforge.messages import FinishedRendition, TaskError


def complete_job(
    tx: JobTransaction,
    job: Job,
    *,
    renditions: Sequence[FinishedRendition],
    publication: OutboxMessage,
    now: datetime,
) -> Job:
    """Return the completed job. The video already has the new outputs; `publication` is the message
    for the gallery."""
    completed = job.complete(renditions, now=now)
    tx.listed.forget(job.id)
    _end(tx, completed, message=publication)
    return completed


def fail_job(tx: JobTransaction, job: Job, *, error: TaskError, now: datetime) -> Job:
    """Return the failed job. The caller holds the lock on `job`, which is not final."""
    failed = job.fail(error, now=now)
    _end(tx, failed, message=build_status_change(job.video_id, status="failed"))
    schedule_cleanup(tx, failed)
    return failed


def cancel_job_in(tx: JobTransaction, job: Job, *, now: datetime) -> Job:
    """Return the cancelled job. The caller holds the lock on `job`, which is not final. A video
    that another job is still processing stays `processing`."""
    cancelled = job.cancel(now=now)
    is_idle = job.status == "processing" and not _has_other_running_job(tx, job)
    _end(tx, cancelled, message=build_status_change(job.video_id, status="uploaded") if is_idle else None)
    schedule_cleanup(tx, cancelled)
    return cancelled


def _end(tx: JobTransaction, ended: Job, *, message: OutboxMessage | None) -> None:
    tx.jobs.save(ended)
    if message:
        tx.outbox.add(message)
    tx.outbox.add(build_job_end(ended))


def _has_other_running_job(tx: JobTransaction, job: Job) -> bool:
    tx.jobs.lock_video(job.video_id)  # if two jobs end at once, the second must see the first
    others = tx.jobs.list_unfinished_of_video(job.video_id)
    return any(other.id != job.id and other.status == "processing" for other in others)
