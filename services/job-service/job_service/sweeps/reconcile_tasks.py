"""Sweep: send messages again that the queue has lost. PostgreSQL is authoritative; a message only
says that a task may be waiting.

Any message will do for any task (tasks/claim_task.py), so messages are counted: if there are fewer
than tasks that wait, as many tasks are sent again, of those that have waited for a while. The
message of a running task is in flight; any other in flight is hidden for a while and comes back. An
extra message does no harm: it is deleted once nothing is due.
"""

from datetime import timedelta
from typing import Final

from job_service.jobs.messages import build_dispatch
from job_service.jobs.ports import JobPorts, TaskQueue
from job_service.jobs.task import Task
from job_service.sweeps.reap_leases import sweep_tasks
from job_service.tasks.lease import lock_task
from videoforge.logs import get_logger
from videoforge.problems import Problem

_log = get_logger("QUEUE")


def has_open_tasks(ports: JobPorts) -> bool:
    with ports.database.begin() as tx:
        return tx.tasks.has_open()


_BATCH: Final = 200


def reconcile_tasks(ports: JobPorts, queue: TaskQueue, *, redispatch_seconds: float) -> int:
    """Return how many tasks are sent again; none while the queue does not answer. The queue is only
    queried if a task is waiting, which is rare."""
    with ports.database.begin() as tx:
        waiting = tx.tasks.list_unclaimed(waited_seconds=redispatch_seconds, limit=_BATCH)
        unclaimed, running = tx.tasks.count_unclaimed(), tx.tasks.count_running()
    if not waiting:
        return 0
    try:
        depth = queue.read_depth()
    except Problem:
        return 0
    messages = depth.visible + max(0, depth.in_flight - running)
    missing = max(0, unclaimed - messages)
    return sweep_tasks(ports, waiting[:missing], sweep=lambda task: send_again(ports, task))


def send_again(ports: JobPorts, seen: Task, *, delay_seconds: float = 0) -> bool:
    """Give the task a new dispatch, unless it has changed since it was read."""
    with ports.database.begin() as tx:
        locked = lock_task(tx, seen.id)
        if locked.task.status != "pending" or locked.task.dispatch != seen.dispatch:
            return False
        locked.job.check_readable()  # no processor could claim it
        now = tx.jobs.read_clock()
        again = locked.task.send_again(at=now + timedelta(seconds=delay_seconds))
        tx.tasks.save(again)
        tx.outbox.add(build_dispatch(again))
    _log.warning("task message sent again", job_id=again.job_id, task_id=again.id, dispatch=again.dispatch)
    return True
