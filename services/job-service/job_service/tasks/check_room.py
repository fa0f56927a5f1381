"""Refuse a task to a processor without enough disk space, before it is claimed: another one may
have the space, and the task loses no attempt.

The required space is twice the source: once for the source and once for what is made of it. The
processor checks again when it starts, because only it knows what else is written to its disk.
"""

from datetime import timedelta
from typing import Final

from job_service.jobs.announce_job import announce_job
from job_service.jobs.job import Job
from job_service.jobs.ports import JobPorts, JobTransaction
from job_service.jobs.task import Task
from job_service.tasks.lease import no_room
from videoforge.logs import get_logger
from videoforge.messages import ClaimRequest, EncodeResult

#: A task that has been due for longer has most likely been offered to every processor, and is shown
#: as waiting.
_SHOW_AFTER: Final = timedelta(seconds=10)
_RETRY_SECONDS: Final = 5.0

_log = get_logger("JOB")


def check_room(ports: JobPorts, task_id: str, request: ClaimRequest) -> None:
    """Raise Problem 409 `no_room` if the task needs more than `room_bytes`. Any other reason to
    refuse the task is left to the claim."""
    if request.room_bytes is None:
        return
    with ports.database.begin() as tx:
        task = tx.tasks.find(task_id)
        job = tx.jobs.find(task.job_id) if task else None
        if task is None or job is None or task.status != "pending":
            return
        needed = _find_needed_bytes(tx, job, task=task)
        if needed <= request.room_bytes:
            return
        shown = _show_waiting(tx, task)
    _log.warning(
        "a processor has no room for a task",
        task_id=task_id,
        processor_id=request.processor_id,
        needed_bytes=needed,
        room_bytes=request.room_bytes,
    )
    if shown:
        announce_job(ports, job.id)
    raise no_room(retry_after_seconds=_RETRY_SECONDS)


def _find_needed_bytes(tx: JobTransaction, job: Job, *, task: Task) -> int:
    if task.kind != "assemble":
        source = tx.assets.find_source(job.video_id)
        return 2 * source.ref.size_bytes if source else 0
    encodes = [
        EncodeResult.model_validate(other.result)
        for other in tx.tasks.list_of_job(job.id, job_attempt=job.attempts)
        if other.kind == "encode" and other.result
    ]
    sizes: dict[str, int] = {}
    for track in (track for result in encodes for track in result.renditions):
        stored = track.init_size_bytes + sum(segment.size_bytes for segment in track.segments)
        sizes[track.format] = sizes.get(track.format, 0) + stored
    return 2 * max(sizes.values(), default=0)


def _show_waiting(tx: JobTransaction, seen: Task) -> bool:
    """Return whether the task is now shown as waiting for room, and was not before."""
    now = tx.jobs.read_clock()
    if now - seen.not_before_at < _SHOW_AFTER:
        return False
    return bool(tx.tasks.show_waiting("room", instead_of=[None], task_ids=[seen.id], limit=1))
