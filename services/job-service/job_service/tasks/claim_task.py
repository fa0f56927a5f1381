"""Give a task to a processor: the lease, and everything it needs to start.

A queue message only says that work waits. Which task is granted is decided here, when a processor
asks: the first in the order of jobs/stores/task_choice.py that it has room for, whatever task the
message names. If nothing is due, a task whose lease has expired is taken over before the reaper
sends it again; if there is none either, refuse_claim.py says what to do with the message. A
processor whose slots are all taken may claim one light task beside them; it needs no message for
that, since it was told by the answer to a report (LeaseAnswer), and the task's own message then
serves another task or is deleted.

The task is locked before its job, against the order used everywhere else. That cannot deadlock,
because a claim never waits for a job's lock.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import ValidationError

from job_service.jobs.announce_job import announce_job
from job_service.jobs.job import Job
from job_service.jobs.listed import list_of_task
from job_service.jobs.ports import JobPorts, JobTransaction, Wanted
from job_service.jobs.task import CONFIRM_SECONDS, MAX_LOSSES, Task
from job_service.outbox.message import build_status_change
from job_service.set_aside.one_by_one import set_aside
from job_service.set_aside.reason import Unreadable
from job_service.tasks.lease import nothing_due, task_leased, task_set_aside
from job_service.tasks.refuse_claim import BUSY_SECONDS, refuse_claim
from job_service.tasks.report_pace import choose_report_seconds
from job_service.tasks.silence import find_silence
from videoforge.keys import build_attempt_prefix
from videoforge.logs import get_logger
from videoforge.messages import (
    TASK_PHASES,
    AssembleInput,
    AudioInput,
    AudioResult,
    ClaimGrant,
    ClaimRequest,
    EncodeInput,
    EncodeResult,
    PrepareInput,
    SourceRef,
    TaskInput,
)

#: How many tasks one call may set aside.
_MAX_FAULTY: Final = 20
#: How many expired leases one call looks at: the holders of some may still call.
_MAX_EXPIRED: Final = 5
#: What reading a row can raise that another version wrote, or that has a fault.
_FAULTS: Final = (Unreadable, ValueError, LookupError, StopIteration, TypeError, AttributeError)

_log = get_logger("JOB")


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """`queue_seconds` is set by the claim that starts a job."""

    grant: ClaimGrant
    queue_seconds: float | None


class _FaultyTask(Exception):
    """The chosen task cannot be granted. If it stayed the first in turn, no other would be
    either."""

    def __init__(self, task_id: str, *, fault: Exception) -> None:
        super().__init__(task_id)
        self.task_id = task_id
        self.fault = fault


def claim_task(ports: JobPorts, task_id: str, request: ClaimRequest, *, lease_seconds: int) -> Claimed:
    """Lease the task that is next for this processor; `task_id` is the one that its message names.
    A repeated request with the id of a granted claim gets the same grant: the first answer was lost
    on the way. Raises what refuse_claim returns."""
    return _claim(ports, task_id, request, lease_seconds=lease_seconds)


def claim_light_task(ports: JobPorts, request: ClaimRequest, *, lease_seconds: int) -> Claimed:
    """Lease the light task that is next for this processor. Raises Problem 409 `nothing_due` if none
    waits that it has room for; repeats as in claim_task."""
    return _claim(ports, None, request, lease_seconds=lease_seconds)


def _claim(ports: JobPorts, task_id: str | None, request: ClaimRequest, *, lease_seconds: int) -> Claimed:
    for _ in range(_MAX_FAULTY):
        try:
            return _claim_readable(ports, task_id, request, lease_seconds=lease_seconds)
        except _FaultyTask as faulty:
            set_aside(ports.database, "task", faulty.task_id, error=faulty.fault)
    raise task_set_aside()


def _claim_readable(
    ports: JobPorts, task_id: str | None, request: ClaimRequest, *, lease_seconds: int
) -> Claimed:
    wanted = Wanted(room_bytes=request.room_bytes, held_videos=request.held_videos, is_light=task_id is None)
    with ports.database.begin() as tx:
        task = _find_repeated(tx, request, lease_seconds=lease_seconds)
        task = task or _lease_next(tx, wanted, request=request, lease_seconds=lease_seconds)
        if task is None and task_id is not None:
            task = _take_over(tx, task_id, wanted=wanted, request=request, lease_seconds=lease_seconds)
        if task is not None:
            claimed = hand_over(tx, task, lease_seconds=lease_seconds)
            tx.processors.note_seen(request.processor_id, task_id=task.id)
    if task is None:
        raise (
            refuse_claim(ports, task_id, wanted=wanted, lease_seconds=lease_seconds)
            if task_id is not None
            else nothing_due()
        )
    _log.info(
        "task claimed",
        job_id=task.job_id,
        task_id=task.id,
        kind=task.kind,
        attempt=task.attempt,
        processor_id=request.processor_id,
    )
    if claimed.queue_seconds is not None:
        announce_job(ports, task.job_id)
    return claimed


def _find_repeated(tx: JobTransaction, request: ClaimRequest, *, lease_seconds: int) -> Task | None:
    if request.claim_id is None:
        return None
    return tx.tasks.grant_again(request.claim_id, lease_seconds=lease_seconds)


def _lease_next(
    tx: JobTransaction, wanted: Wanted, *, request: ClaimRequest, lease_seconds: int
) -> Task | None:
    chosen = tx.tasks.choose(wanted)
    return lease_task(tx, chosen, request=request, lease_seconds=lease_seconds) if chosen else None


def _take_over(
    tx: JobTransaction, named_id: str, *, wanted: Wanted, request: ClaimRequest, lease_seconds: int
) -> Task | None:
    """Lease the named task, or another, if the processor that held it has lost it."""
    named = tx.tasks.find(named_id)
    lost = tx.tasks.list_expired(grace_seconds=0, limit=_MAX_EXPIRED)
    for task in [named, *lost] if named and named.status == "running" else lost:
        silence = find_silence(tx, task, lease_seconds=lease_seconds)
        if silence.wait_seconds > 0 or not wanted.has_room_for(task):
            continue
        leased = lease_task(
            tx,
            task.id,
            request=request,
            lease_seconds=lease_seconds,
            blameless_before=silence.blameless_before,
        )
        if leased is not None:
            return leased
    return None


def lease_task(
    tx: JobTransaction,
    task_id: str,
    *,
    request: ClaimRequest,
    lease_seconds: int,
    blameless_before: datetime | None = None,
) -> Task | None:
    """Return the task if it can be leased now."""
    return tx.tasks.claim(
        task_id,
        processor_id=request.processor_id,
        claim_id=request.claim_id,
        lease_token=secrets.token_urlsafe(24),
        lease_seconds=lease_seconds,
        confirm_seconds=CONFIRM_SECONDS,
        max_crashes=MAX_LOSSES["crash"],
        blameless_before=blameless_before,
    )


def hand_over(tx: JobTransaction, task: Task, *, lease_seconds: int) -> Claimed:
    """Return the grant of a leased task. Raises Problem 409 `task_leased` while the job is being
    changed, and _FaultyTask."""
    try:
        job = tx.jobs.find(task.job_id)
        if job is not None and job.status == "pending":
            job = tx.jobs.find_unlocked(task.job_id)
        if job is None or job.is_final:
            raise task_leased(retry_after_seconds=BUSY_SECONDS)
        job.check_readable()
        started = _start(tx, job, first=task)
        grant = _build_grant(tx, started, task=task, lease_seconds=lease_seconds)
    except _FAULTS as fault:
        raise _FaultyTask(task.id, fault=fault) from fault
    return Claimed(grant=grant, queue_seconds=started.metrics.queue_seconds if started is not job else None)


def _start(tx: JobTransaction, job: Job, *, first: Task) -> Job:
    """The first claim of an attempt starts the job and notifies the gallery. Its task is as old as
    the attempt."""
    phase = TASK_PHASES[first.kind]
    started = job.start(phase=phase, queued_at=first.created_at, now=tx.jobs.read_clock())
    if started is not job:
        tx.jobs.save(started)
        tx.outbox.add(build_status_change(job.video_id, status="processing"))
    return started


def _build_grant(tx: JobTransaction, job: Job, *, task: Task, lease_seconds: int) -> ClaimGrant:
    source = tx.assets.find_source(job.video_id)
    if source is None or task.lease_token is None or task.leased_until is None:
        raise ValueError(f"the source of job {job.id} is gone")  # and its jobs are being cancelled
    return ClaimGrant(
        task_id=task.id,
        job_id=job.id,
        video_id=job.video_id,
        attempt=task.attempt,
        lease_token=task.lease_token,
        lease_seconds=lease_seconds,
        leased_until=task.leased_until,
        output_prefix=build_attempt_prefix(job.id, attempt=task.attempt),
        is_light=task.is_light,
        report_every_seconds=choose_report_seconds(running=tx.tasks.count_running()),
        input=_build_input(tx, job, task=task, source=source.ref),
        listed=list_of_task(tx, job, task=task),
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
    if task.kind == "audio":
        return AudioInput(source=source, plan=plan)
    others = tx.tasks.list_of_job(job.id, job_attempt=job.attempts)
    try:
        encoded = [EncodeResult.model_validate(other.result) for other in others if other.kind == "encode"]
        audio = [AudioResult.model_validate(other.result) for other in others if other.kind == "audio"]
    except ValidationError as error:
        raise Unreadable(f"this version cannot read a result of job {job.id}") from error
    return AssembleInput(source=source, plan=plan, encoded=encoded, audio=audio[0].audio if audio else None)
