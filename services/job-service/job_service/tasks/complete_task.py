"""Take a task's result and write what follows from it: the encodes after prepare, assemble after
the last encode, publishing after assemble. Each result is handled in one transaction, and a result
sent twice is handled once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from job_service.jobs.announce_job import announce_job
from job_service.jobs.end_job import LATE_WRITE_SECONDS, complete_job
from job_service.jobs.job import Job, JobStatus
from job_service.jobs.messages import build_publication, queue_task
from job_service.jobs.ports import JobPorts, JobTransaction
from job_service.jobs.progress import compute_percent, compute_renditions, list_known
from job_service.jobs.task import Task
from job_service.tasks.lease import check_lease, lock_task
from videoforge.keys import build_job_prefix
from videoforge.logs import get_logger
from videoforge.messages import (
    TASK_PHASES,
    AssembleResult,
    PrepareResult,
    TaskCompletion,
    TaskKind,
)
from videoforge.problems import Code, Problem

_log = get_logger("JOB")

#: A viewer of a replaced rendition has a playback token of at most 6 h.
KEEP_REPLACED_SECONDS: Final = 6 * 3600


@dataclass(frozen=True, kw_only=True)
class Completed:
    """`is_repeat` is true if the same completion was accepted before."""

    job_status: JobStatus
    kind: TaskKind
    is_repeat: bool


def complete_task(ports: JobPorts, task_id: str, completion: TaskCompletion) -> Completed:
    """Accept the result. Raises Problem 404 `task_not_found`, 409 `lease_lost`, 422
    `wrong_result`."""
    with ports.database.begin() as tx:
        locked = lock_task(tx, task_id)
        if locked.task.was_completed_by(attempt=completion.attempt, lease_token=completion.lease_token):
            return Completed(job_status=locked.job.status, kind=locked.task.kind, is_repeat=True)
        check_lease(locked, completion)
        _check_result(completion, task=locked.task)
        now = tx.jobs.read_clock()
        tx.tasks.save(locked.task.complete(completion.result, now=now))
        job = _follow(ports, tx, locked.job.add_metrics(completion.metrics), completion, now=now)
        if not job.is_final:
            tx.jobs.save(job)
        if locked.task.processor_id:
            tx.processors.note_seen(locked.task.processor_id, task_id=None)
    _log.info(
        "task completed",
        job_id=job.id,
        task_id=task_id,
        kind=locked.task.kind,
        attempt=locked.task.attempt,
        job_status=job.status,
    )
    if not job.is_final:
        announce_job(ports, job.id)
    return Completed(job_status=job.status, kind=locked.task.kind, is_repeat=False)


def _check_result(completion: TaskCompletion, *, task: Task) -> None:
    result = completion.result
    if result.kind != task.kind:
        raise Problem(
            Code.wrong_result,
            detail=f"A task of kind {task.kind} cannot end with a result of kind {result.kind}.",
        )
    if isinstance(result, PrepareResult) and not (result.plan.ladder and result.plan.chunks):
        raise Problem(Code.wrong_result, detail="A plan needs at least one rung and one chunk.")
    if isinstance(result, AssembleResult) and not result.renditions:
        raise Problem(Code.wrong_result, detail="There is nothing to publish without a rendition.")


def _follow(
    ports: JobPorts, tx: JobTransaction, job: Job, completion: TaskCompletion, *, now: datetime
) -> Job:
    """Write what comes next and return the changed job."""
    result = completion.result
    if isinstance(result, PrepareResult):
        job = job.take_plan(result)
        for chunk in result.plan.chunks:
            queue_task(tx, job, kind="encode", chunk_index=chunk.index)
        return _advance(ports, tx, job, kind="encode")
    if isinstance(result, AssembleResult):
        return _publish(tx, job, result, now=now)
    job = job.add_warnings(result.warnings)
    tasks = tx.tasks.list_of_job(job.id, job_attempt=job.attempts)
    if any(task.kind == "encode" and task.status != "done" for task in tasks):
        return _advance(ports, tx, job, kind="encode")
    queue_task(tx, job, kind="assemble")
    return _advance(ports, tx, job, kind="assemble")


def _advance(ports: JobPorts, tx: JobTransaction, job: Job, *, kind: TaskKind) -> Job:
    """`kind` is the kind of the tasks that come next."""
    tasks = tx.tasks.list_of_job(job.id, job_attempt=job.attempts)
    known = list_known(job, ports.progress.find(job.id))
    return job.advance(
        phase=TASK_PHASES[kind],
        percent=compute_percent(job, tasks=tasks),
        renditions=compute_renditions(job, tasks=tasks, known=known),
    )


def _publish(tx: JobTransaction, job: Job, result: AssembleResult, *, now: datetime) -> Job:
    """Switch the video to the new renditions: the job, its assets and the gallery's message
    together."""
    tx.jobs.lock_video(job.video_id)
    tasks = tx.tasks.list_of_job(job.id, job_attempt=job.attempts)
    prepared = PrepareResult.model_validate(next(task.result for task in tasks if task.kind == "prepare"))
    left = tx.assets.replace_outputs(
        job,
        renditions=result.renditions,
        audio=result.audio,
        thumbnail_key=prepared.thumbnail_key,
        storyboard_key=result.storyboard_key or prepared.storyboard_key,
    )
    for job_id in left:
        prefix = build_job_prefix(job_id)
        tx.deletions.add_prefixes(
            target=prefix,
            user_id=job.user_id,
            prefixes=[prefix],
            delay_seconds=KEEP_REPLACED_SECONDS,
        )
    if _was_repeated(tx, job, tasks=tasks):
        tx.deletions.add_leftovers(job_id=job.id, user_id=job.user_id, delay_seconds=LATE_WRITE_SECONDS)
    publication = build_publication(
        job, renditions=result.renditions, thumbnail_key=prepared.thumbnail_key, source=prepared.source
    )
    return complete_job(tx, job, renditions=result.renditions, publication=publication, now=now)


def _was_repeated(tx: JobTransaction, job: Job, *, tasks: Sequence[Task]) -> bool:
    """Return whether a task of this try of the job needed a second attempt: the first may have left
    files. The leftovers of the job's earlier tries were scheduled for removal when those ended."""
    before = tx.tasks.count_attempts(job.id, before_try=job.attempts)
    return any(task.attempt > before + 1 for task in tasks)
