"""Sweep: empty the dead-letter queue. A hint that was received 30 times without being deleted is kept for the
operator, and its task is sent again from the database: the queue's own redrive is not needed.

A task whose hints end there again and again cannot be done by any processor, and its job fails.
"""

from typing import Final

from pydantic import ValidationError

from job_service.errors import Problem
from job_service.ports.job_outlets import DeadMessage
from job_service.ports.relay import RelayPorts
from job_service.use_cases.jobs.announce_job import announce_end
from job_service.use_cases.jobs.end_job import fail_job
from job_service.use_cases.sweeps.reconcile_tasks import send_again
from job_service.use_cases.tasks.lease import lock_task
from videoforge.logs import get_logger
from videoforge.messages import TaskError, TaskMessage

_BATCH: Final = 10
#: Dead letters of one task before its job is given up: 3 × 30 receipts.
MAX_DEAD_LETTERS: Final = 3
#: What made the hint die may need a while to pass.
_DELAY_SECONDS: Final = 30
_UNDELIVERABLE: Final = TaskError(
    code="undeliverable",
    message="No processor could take the job's work on.",
    retryable=True,
    hint="Try the job again; if it ends so once more, ask the operator to look at the processors.",
)

_log = get_logger("QUEUE")


def drain_dead_letters(ports: RelayPorts) -> int:
    """Return how many messages were dealt with. Each is deleted after its row is committed: a relay killed
    in between finds it again and changes nothing more."""
    try:
        messages = ports.queue.receive_dead(limit=_BATCH)
        for message in messages:
            _deal_with(ports, message)
            ports.queue.delete_dead(message)
    except Problem as problem:
        _log.warning("dead letters wait", error=problem.code)
        return 0
    return len(messages)


def _deal_with(ports: RelayPorts, message: DeadMessage) -> None:
    task_id = _find_task_id(message)
    outcome = _mend(ports, task_id) if task_id else "unreadable"
    with ports.jobs.database.begin() as transaction:
        ports.dead_letters.add(
            transaction, message_id=message.id, task_id=task_id, body=message.body[:4096], outcome=outcome
        )
    _log.error("dead letter", task_id=task_id, outcome=outcome)


def _find_task_id(message: DeadMessage) -> str | None:
    try:
        return TaskMessage.model_validate_json(message.body).task_id
    except ValidationError:
        return None


def _mend(ports: RelayPorts, task_id: str) -> str:
    """Do what the task needs and return what that was."""
    with ports.jobs.database.begin() as transaction:
        task = ports.jobs.tasks.find(transaction, task_id)
        deaths = ports.dead_letters.count_of_task(transaction, task_id) + 1
    if task is None:
        return "unreadable"
    if task.is_final:
        return "job_finished"
    if task.status == "running":
        return "in_progress"  # its lease decides; the reaper sends it again if that runs out
    if deaths < MAX_DEAD_LETTERS:
        send_again(ports.jobs, task, delay_seconds=_DELAY_SECONDS)
        return "redispatched"
    return _give_up(ports, task_id)


def _give_up(ports: RelayPorts, task_id: str) -> str:
    with ports.jobs.database.begin() as transaction:
        held = lock_task(ports.jobs, transaction, task_id)
        if held.job.is_final or held.task.status != "pending":
            return "in_progress"
        now = ports.jobs.jobs.read_clock(transaction)
        fail_job(ports.jobs, transaction, held.job, error=_UNDELIVERABLE, now=now)
    announce_end(ports.jobs, held.job.id, status="failed")
    return "job_failed"
