"""Sweep: empty the dead-letter queue. A task message that was received 30 times without being
deleted is kept for the operator, and its task is sent again from the database; the queue's own
redrive is not needed.

A dead letter says nothing about its task: no processor could claim it while job-service or the
processors were down. So a task is sent again without limit, after a wait that grows with its dead
letters. Only its own losses fail a task (jobs/task.py).
"""

from typing import Final

from pydantic import ValidationError

from job_service.jobs.ports import DeadMessage
from job_service.relaying.ports import RelayPorts
from job_service.set_aside.one_by_one import set_aside
from job_service.sweeps.reconcile_tasks import send_again
from videoforge.logs import get_logger
from videoforge.messages import TaskMessage
from videoforge.problems import Problem

_BATCH: Final = 10
#: The cause of the dead letter may last a while, so the wait doubles each time, up to the maximum.
_FIRST_DELAY_SECONDS: Final = 30.0
_MAX_DELAY_SECONDS: Final = 600.0

_log = get_logger("QUEUE")


def drain_dead_letters(ports: RelayPorts) -> int:
    """Return how many messages were handled. Each is deleted after its row is committed; a relay
    that was killed in between receives it again and changes nothing more."""
    try:
        messages = ports.queue.receive_dead(limit=_BATCH)
        for message in messages:
            _handle(ports, message)
            ports.queue.delete_dead(message)
    except Problem as problem:
        _log.warning("dead letters cannot be handled now", error=problem.code)
        return 0
    return len(messages)


def _handle(ports: RelayPorts, message: DeadMessage) -> None:
    task_id = _find_task_id(message)
    try:
        outcome = _recover(ports, task_id) if task_id else "unreadable"
    except Problem:
        raise
    except Exception as error:  # whatever is wrong with its task, the next letters must not wait for it
        outcome = "unreadable"
        if task_id:
            set_aside(ports.jobs.database, "task", task_id, error=error)
    with ports.jobs.database.begin() as tx:
        tx.dead_letters.add(message_id=message.id, task_id=task_id, body=message.body[:4096], outcome=outcome)
    _log.error("dead letter", task_id=task_id, outcome=outcome)


def _find_task_id(message: DeadMessage) -> str | None:
    try:
        return TaskMessage.model_validate_json(message.body).task_id
    except ValidationError:
        return None


def _recover(ports: RelayPorts, task_id: str) -> str:
    """Do what the task needs and return the outcome."""
    with ports.jobs.database.begin() as tx:
        task = tx.tasks.find(task_id)
        deaths = tx.dead_letters.count_of_task(task_id) + 1
    if task is None:
        return "unreadable"
    if task.is_final:
        return "job_finished"
    if task.status == "running":
        return "in_progress"  # its lease decides: if it expires, reap_leases sends the task again
    send_again(ports.jobs, task, delay_seconds=choose_delay_seconds(deaths=deaths))
    return "redispatched"


def choose_delay_seconds(*, deaths: int) -> float:
    """Return the wait before a task is sent again after this many dead letters, counted from 1."""
    return min(_MAX_DELAY_SECONDS, _FIRST_DELAY_SECONDS * 2.0 ** min(deaths - 1, 16))
