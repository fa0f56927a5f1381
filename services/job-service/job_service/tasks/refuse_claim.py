"""Why no task was granted, and what becomes of the processor's message.

Each dispatch of a task sends a message, and any message will do for any task. So there are enough
of them as long as none is deleted while a task is due:

    a task is due, but cannot be granted now     hide the message
    a running task may soon be lost              hide the message that names it
    nothing is due                               delete the message; a later dispatch sends another

Every task that becomes due again is dispatched again: by its retry, by the lease reaper, or by the
reconciler, which also counts the messages. A task that needs more disk space than the processor has
is shown as waiting for room once other processors had time to take it.
"""

from datetime import timedelta
from typing import Final

from job_service.jobs.announce_job import announce_job
from job_service.jobs.ports import JobPorts, JobTransaction, Wanted
from job_service.jobs.task import CONFIRM_SECONDS, Task
from job_service.tasks.lease import no_room, nothing_due, task_leased, task_set_aside
from job_service.tasks.silence import find_silence
from videoforge.logs import get_logger
from videoforge.problems import Code, Problem

#: The task is being claimed by another processor, or its job changed by its user: milliseconds.
BUSY_SECONDS: Final = 1.0
_NO_ROOM_SECONDS: Final = 5.0
#: A task that has been due for longer has most likely been offered to every processor.
_SHOW_AFTER_SECONDS: Final = 10.0
_MAX_SHOWN: Final = 20

_log = get_logger("JOB")


def refuse_claim(ports: JobPorts, task_id: str, *, wanted: Wanted, lease_seconds: int) -> Problem:
    """Return Problem 409 `task_leased`, `no_room` or `task_set_aside` if the message is still
    needed, and 404 `task_not_found`, 409 `task_finished` or `nothing_due` if it can be deleted."""
    with ports.database.begin() as tx:
        obstacle = tx.tasks.find_obstacle(wanted)
        problem = _explain(tx, task_id, lease_seconds=lease_seconds) if obstacle is None else None
        shown = _show_waiting(tx, wanted) if obstacle == "room" else []
    for job_id in shown:
        announce_job(ports, job_id)
    if problem is not None:
        return problem
    if obstacle == "room":
        _log.warning("a processor has no room for any task", room_bytes=wanted.room_bytes)
        return no_room(retry_after_seconds=_NO_ROOM_SECONDS)
    return task_set_aside() if obstacle == "set_aside" else task_leased(retry_after_seconds=BUSY_SECONDS)


def _explain(tx: JobTransaction, task_id: str, *, lease_seconds: int) -> Problem:
    """Nothing is due."""
    task = tx.tasks.find(task_id)
    if task is None:
        return Problem(Code.task_not_found)
    if task.is_final:
        return Problem(Code.task_finished, task_status=task.status)
    seconds = _count_seconds_to_loss(tx, task, lease_seconds=lease_seconds)
    return nothing_due() if seconds is None else task_leased(retry_after_seconds=seconds)


def _count_seconds_to_loss(tx: JobTransaction, task: Task, *, lease_seconds: int) -> float | None:
    """Return the time after which the task may be taken over: its claim is not confirmed, or its
    lease has expired. None if its holder is at work, or if it waits for its next dispatch."""
    if task.status != "running" or task.leased_until is None:
        return None
    now = tx.jobs.read_clock()
    if task.confirmed_at is None and task.claimed_at is not None:
        return (task.claimed_at + timedelta(seconds=CONFIRM_SECONDS) - now).total_seconds()
    if task.leased_until >= now:
        return None
    return find_silence(tx, task, lease_seconds=lease_seconds).wait_seconds


def _show_waiting(tx: JobTransaction, wanted: Wanted) -> list[str]:
    """Return the jobs that are now shown as waiting for room, and were not before."""
    return tx.tasks.show_waiting(
        "room",
        instead_of=[None],
        needs_more_than_bytes=wanted.room_bytes,
        due_for_seconds=_SHOW_AFTER_SECONDS,
        limit=_MAX_SHOWN,
    )
