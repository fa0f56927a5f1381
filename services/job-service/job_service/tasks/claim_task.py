"""Give a task to a processor: the lease, and everything it needs to start."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import ValidationError

from job_service.jobs.announce_job import announce_job
from job_service.jobs.job import Job
from job_service.jobs.ports import JobPorts, JobTransaction
from job_service.jobs.task import CONFIRM_SECONDS, MAX_LOSSES, Task
from job_service.outbox.message import build_status_change
from job_service.set_aside.one_by_one import set_aside
from job_service.set_aside.reason import Unreadable
from job_service.tasks.lease import task_leased, task_set_aside
from videoforge.keys import build_attempt_prefix
from videoforge.logs import get_logger
from videoforge.messages import (
    AssembleInput,
    ClaimGrant,
    ClaimRequest,
    EncodeInput,
    EncodeResult,
    PrepareInput,
    SourceRef,
    TaskInput,
)
from videoforge.problems import Code, Problem

_log = get_logger("JOB")


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """`queue_seconds` is set by the claim that starts a job."""

    grant: ClaimGrant
    queue_seconds: float | None


def claim_task(ports: JobPorts, task_id: str, request: ClaimRequest, *, lease_seconds: int) -> Claimed:
    """Lease the task to the first caller. Raises Problem 404 `task_not_found`, 409 `task_finished`,
    409 `task_leased` while another processor holds it or its next attempt is not due, and 409
    `task_set_aside` if another version wrote what it needs."""
    try:
        return _claim_readable(ports, task_id, request, lease_seconds=lease_seconds)
    except Unreadable as error:
        set_aside(ports.database, "task", task_id, error=error)
        raise task_set_aside() from error


def _claim_readable(ports: JobPorts, task_id: str, request: ClaimRequest, *, lease_seconds: int) -> Claimed:
    with ports.database.begin() as tx:
        found = tx.tasks.find(task_id)
        job = tx.jobs.find(found.job_id, for_update=True) if found else None
        if found is None or job is None:
            raise Problem(Code.task_not_found)
        if found.job_attempt != job.attempts or job.is_final:
            raise Problem(Code.task_finished, task_status=found.status if found.is_final else job.status)
        job.check_readable()
        task = _claim(tx, found, request=request, lease_seconds=lease_seconds)
        started = _start(tx, job, first=task)
        grant = _build_grant(tx, started, task=task, lease_seconds=lease_seconds)
        tx.processors.note_seen(request.processor_id, task_id=task_id)
    _log.info(
        "task claimed",
        job_id=job.id,
        task_id=task_id,
        kind=task.kind,
        attempt=task.attempt,
        processor_id=request.processor_id,
    )
    if started is not job:
        announce_job(ports, job.id)
        return Claimed(grant=grant, queue_seconds=started.metrics.queue_seconds)
    return Claimed(grant=grant, queue_seconds=None)


def _claim(tx: JobTransaction, found: Task, *, request: ClaimRequest, lease_seconds: int) -> Task:
    """Return the leased task. A repeated request with the id of a granted claim gets the same
    grant: the first answer was lost on the way."""
    task_id = found.id
    if request.claim_id is not None:
        again = tx.tasks.grant_again(task_id, claim_id=request.claim_id, lease_seconds=lease_seconds)
        if again is not None:
            return again
    task = tx.tasks.claim(
        task_id,
        processor_id=request.processor_id,
        claim_id=request.claim_id,
        lease_token=secrets.token_urlsafe(24),
        lease_seconds=lease_seconds,
        confirm_seconds=CONFIRM_SECONDS,
        max_crashes=MAX_LOSSES["crash"],
        blameless_before=_check_silence(tx, found, lease_seconds=lease_seconds),
    )
    if task is None:
        raise _explain_refusal(tx, task_id)
    return task


def _check_silence(tx: JobTransaction, found: Task, *, lease_seconds: int) -> datetime | None:
    """Return the time before which an expired lease is not a crash. Raises Problem 409
    `task_leased` while the holder, which could not reach the task API, may still call again."""
    if found.status != "running" or found.confirmed_at is None or found.leased_until is None:
        return None
    beat, now = tx.beats.find(), tx.jobs.read_clock()
    if beat is None or found.leased_until >= now:
        return None
    seconds = beat.count_reconnect_seconds(found.leased_until, lease_seconds=lease_seconds, now=now)
    if seconds > 0:
        raise task_leased(retry_after_seconds=seconds)
    return beat.choose_blameless_before(lease_seconds=lease_seconds)


def _start(tx: JobTransaction, job: Job, *, first: Task) -> Job:
    """The first claim of an attempt starts the job and notifies the gallery. Its task is as old as
    the attempt."""
    started = job.start(queued_at=first.created_at, now=tx.jobs.read_clock())
    if started is not job:
        tx.jobs.save(started)
        tx.outbox.add(build_status_change(job.video_id, status="processing"))
    return started


def _explain_refusal(tx: JobTransaction, task_id: str) -> Problem:
    task = tx.tasks.find(task_id)
    if task is None:
        return Problem(Code.task_not_found)
    if task.is_final:
        return Problem(Code.task_finished, task_status=task.status)
    free_at = task.not_before_at if task.status == "pending" else task.leased_until
    if task.status == "running" and task.confirmed_at is None and task.claimed_at is not None:
        free_at = task.claimed_at + timedelta(seconds=CONFIRM_SECONDS)
    now = tx.jobs.read_clock()
    return task_leased(retry_after_seconds=(free_at - now).total_seconds() if free_at else 1.0)


def _build_grant(tx: JobTransaction, job: Job, *, task: Task, lease_seconds: int) -> ClaimGrant:
    source = tx.assets.find_source(job.video_id)
    if source is None or task.lease_token is None or task.leased_until is None:
        # the video was purged; its jobs are being cancelled
        raise Problem(Code.task_finished, task_status="cancelled")
    return ClaimGrant(
        task_id=task.id,
        job_id=job.id,
        video_id=job.video_id,
        attempt=task.attempt,
        lease_token=task.lease_token,
        lease_seconds=lease_seconds,
        leased_until=task.leased_until,
        output_prefix=build_attempt_prefix(job.id, attempt=task.attempt),
        input=_build_input(tx, job, task=task, source=source.ref),
    )


def _build_input(tx: JobTransaction, job: Job, *, task: Task, source: SourceRef) -> TaskInput:
    if task.kind == "prepare":
        return PrepareInput(source=source, output_formats=job.output_formats, options=job.known_options)
    plan = job.known_plan
    if plan is None:
        raise ValueError(f"job {job.id} has a task of kind {task.kind} but no plan")
    if task.kind == "encode":
        chunk = next(chunk for chunk in plan.chunks if chunk.index == task.chunk_index)
        return EncodeInput(source=source, plan=plan, chunk=chunk)
    encodes = [
        other for other in tx.tasks.list_of_job(job.id, job_attempt=job.attempts) if other.kind == "encode"
    ]
    try:
        results = [EncodeResult.model_validate(other.result) for other in encodes]
    except ValidationError as error:
        raise Unreadable(f"this version cannot read a result of job {job.id}") from error
    return AssembleInput(source=source, plan=plan, encoded=results)
