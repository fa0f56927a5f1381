"""Take a task's result and write what follows from it: the encodes and the sound after prepare,
assemble after the last of them, publishing after assemble. Each result is handled in one
transaction, and a result sent twice is handled once."""

from dataclasses import dataclass
from datetime import datetime

from job_service.jobs.announce_job import announce_job
from job_service.jobs.end_job import complete_job
from job_service.jobs.job import Job, JobStatus
from job_service.jobs.kept_tasks import LATE_WRITE_SECONDS
from job_service.jobs.listed import (
    keep_listed,
    list_of_task,
    list_result_tracks,
    measure_first_seconds,
    reach_further,
)
from job_service.jobs.messages import build_publication
from job_service.jobs.next_tasks import queue_next_tasks
from job_service.jobs.ports import JobPorts, JobTransaction
from job_service.jobs.progress import compute_percent, compute_renditions
from job_service.jobs.replaced_outputs import schedule_removal
from job_service.jobs.task import Task
from job_service.jobs.turns import compute_remaining_seconds
from job_service.tasks.check_segments import check_segments
from job_service.tasks.lease import LockedTask, check_lease, lock_task
from videoforge.logs import get_logger
from videoforge.messages import (
    TASK_PHASES,
    AssembleResult,
    PrepareResult,
    TaskCompletion,
    TaskKind,
    TaskResult,
)
from videoforge.problems import Code, Problem

_log = get_logger("JOB")


@dataclass(frozen=True, kw_only=True)
class Completed:
    """`is_repeat` is true if the same completion was accepted before; `first_seconds` is set by the
    result from which on the video can be watched."""

    job_status: JobStatus
    kind: TaskKind
    is_repeat: bool
    first_seconds: float | None = None


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
        result = _list_rest(tx, locked, completion.result)
        tx.tasks.save(locked.task.complete(result, now=now))
        job = _follow(ports, tx, locked.job.add_metrics(completion.metrics), result, now=now)
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
    first_seconds = measure_first_seconds(locked.job, job, now=now)
    return Completed(
        job_status=job.status, kind=locked.task.kind, is_repeat=False, first_seconds=first_seconds
    )


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


def _list_rest(tx: JobTransaction, locked: LockedTask, result: TaskResult) -> TaskResult:
    """List the segments of a result that are not listed yet, and return it with those that an
    earlier attempt had listed in place of its own. Raises Problem 422 `wrong_result` for segments
    that are not this task's."""
    tracks = list_result_tracks(result)
    if not tracks:
        return result
    listed = list_of_task(tx, locked.job, task=locked.task)
    check_segments(tracks, job=locked.job, task=locked.task, listed=listed)
    tx.listed.add(locked.job.id, tracks=tracks)
    return keep_listed(result, listed=list_of_task(tx, locked.job, task=locked.task))


def _follow(ports: JobPorts, tx: JobTransaction, job: Job, result: TaskResult, *, now: datetime) -> Job:
    """Write what comes next and return the changed job."""
    if isinstance(result, AssembleResult):
        return _publish(tx, job, result, now=now)
    if result.kind == "prepare":
        job = job.take_plan(result)
    else:
        job = reach_further(tx, job.add_warnings(result.warnings))
    return _advance(ports, tx, job, kind=queue_next_tasks(tx, job))


def _advance(ports: JobPorts, tx: JobTransaction, job: Job, *, kind: TaskKind) -> Job:
    """`kind` is the kind of the tasks that come next."""
    tasks = tx.tasks.list_of_job(job.id, job_attempt=job.attempts)
    known = ports.progress.list_tasks(job.id)
    return job.advance(
        phase=TASK_PHASES[kind],
        percent=compute_percent(job, tasks=tasks),
        renditions=compute_renditions(job, tasks=tasks, known=known),
        remaining_seconds=compute_remaining_seconds(job, tasks=tasks),
    )


def _publish(tx: JobTransaction, job: Job, result: AssembleResult, *, now: datetime) -> Job:
    """Switch the video to the new renditions: the job, its assets and the gallery's message
    together."""
    tx.jobs.lock_video(job.video_id)
    tasks = tx.tasks.list_of_job(job.id, job_attempt=job.attempts)
    prepared = PrepareResult.model_validate(next(task.result for task in tasks if task.kind == "prepare"))
    replaced = tx.assets.replace_outputs(
        job,
        renditions=result.renditions,
        audio=result.audio,
        thumbnail_key=prepared.thumbnail_key,
        storyboard_key=result.storyboard_key or prepared.storyboard_key,
    )
    schedule_removal(tx, job, replaced=replaced)
    if any(task.attempt > 1 for task in tasks):  # earlier attempts may have left files
        tx.deletions.add_leftovers(job_id=job.id, user_id=job.user_id, delay_seconds=LATE_WRITE_SECONDS)
    publication = build_publication(
        job, renditions=result.renditions, thumbnail_key=prepared.thumbnail_key, source=prepared.source
    )
    return complete_job(tx, job, renditions=result.renditions, publication=publication, now=now)
