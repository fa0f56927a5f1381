"""Sweep: send messages again that the queue has lost. PostgreSQL is authoritative; a message only
says that a task may be waiting.

A pending task whose message was sent a while ago has lost it if the queue is empty. If the queue
holds messages, the task's is most likely among them, unless it has waited very long. An extra
message does no harm: the task is claimed only once.
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
#: How long a message may wait behind others before it counts as lost.
_LONG_WAIT_SECONDS: Final = 900


def reconcile_tasks(ports: JobPorts, queue: TaskQueue, *, redispatch_seconds: float) -> int:
    """Return how many tasks are sent again; none while the queue does not answer. The queue is only
    queried if a task is waiting, which is rare."""
    if not _list_unclaimed(ports, waited_seconds=redispatch_seconds):
        return 0
    try:
        depth = queue.read_depth()
    except Problem:
        return 0
    waited = redispatch_seconds if depth.visible == 0 else max(_LONG_WAIT_SECONDS, redispatch_seconds)
    forgotten = _list_unclaimed(ports, waited_seconds=waited)
    return sweep_tasks(ports, forgotten, sweep=lambda task: send_again(ports, task))


def _list_unclaimed(ports: JobPorts, *, waited_seconds: float) -> list[Task]:
    with ports.database.begin() as tx:
        return tx.tasks.list_unclaimed(waited_seconds=waited_seconds, limit=_BATCH)


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
