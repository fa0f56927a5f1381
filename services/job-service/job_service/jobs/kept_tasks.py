"""What a failed job keeps for its retry: the finished chunks and the sound, so that a film of 100
chunks does not start over because one of them failed.

Their objects stay in the store for three days, which covers a weekend. A retry within that time
withdraws the removal, and the finished tasks become tasks of the new try, with their results; one
that comes later starts from the beginning. A cancelled job keeps nothing.
"""

from typing import Final

from job_service.jobs.job import Job
from job_service.jobs.ports import JobTransaction
from videoforge.keys import build_attempt_prefix
from videoforge.problem_codes import Code

KEEP_SECONDS: Final = 3 * 86400
#: A processor that has lost its lease may still write until it notices, and longer if it was
#: suspended.
LATE_WRITE_SECONDS: Final = 600
#: If assemble fails with one of these, it would do so again with the same chunks.
_BLAMES_CHUNKS: Final = frozenset({Code.output_incomplete.name, Code.encode_failed.name})


def schedule_cleanup(tx: JobTransaction, job: Job) -> None:
    """Cancel the remaining tasks of a failed or cancelled job, which ends their leases, and
    schedule the removal of everything that was written."""
    tx.tasks.cancel_of_job(job.id)
    attempts = tx.tasks.count_attempts(job.id)
    if not attempts:
        return
    keeps = _has_finished_chunks(tx, job)
    if not keeps:
        tx.listed.forget(job.id)
    tx.deletions.add_prefixes(
        target=_build_target(job),
        user_id=job.user_id,
        # not the job's own prefix, because a retry writes below that
        prefixes=[build_attempt_prefix(job.id, attempt=attempt) for attempt in range(1, attempts + 1)],
        delay_seconds=KEEP_SECONDS if keeps else LATE_WRITE_SECONDS,
        can_be_withdrawn=keeps,
    )


def take_over_finished(tx: JobTransaction, job: Job) -> bool:
    """Make the finished tasks of a job's last try those of its next one. Return False if nothing
    was kept, or its removal has begun."""
    if not tx.deletions.withdraw(_build_target(job)):
        tx.listed.forget(job.id)
        return False
    tx.tasks.move_done(job.id, from_try=job.attempts, to_try=job.attempts + 1)
    return True


def _has_finished_chunks(tx: JobTransaction, job: Job) -> bool:
    if job.error is None or job.known_plan is None:
        return False
    if job.phase == "packaging" and job.error.code in _BLAMES_CHUNKS:
        return False
    tasks = tx.tasks.list_of_job(job.id, job_attempt=job.attempts)
    return any(task.kind in {"encode", "audio"} and task.status == "done" for task in tasks)


def _build_target(job: Job) -> str:
    return f"{job.id}/{job.attempts}"
