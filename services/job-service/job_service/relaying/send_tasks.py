"""Send the task messages that are due to the queue, highest priority first.

After a crash between send and mark a message is sent again once its reservation ends. The queue
drops the repeat for five minutes; after that, the receiver finds the task claimed or done.
"""

from collections.abc import Sequence
from typing import Final

from job_service.jobs.announce_job import announce_job
from job_service.outbox.message import OutboxEntry
from job_service.relaying.ports import RelayPorts
from job_service.relaying.put_off import put_off
from job_service.set_aside.one_by_one import set_aside
from videoforge.logs import get_logger
from videoforge.messages import TaskMessage, WaitingFor
from videoforge.problems import Problem

_BATCH: Final = 100
#: Longer than a batch takes with all its retries.
HOLD_SECONDS: Final = 60

_log = get_logger("QUEUE")


def send_tasks(ports: RelayPorts) -> int:
    """Return how many messages were sent; those that the queue refused are postponed."""
    with ports.jobs.database.begin() as tx:
        entries = tx.outbox.take_due(["task"], limit=_BATCH, hold_seconds=HOLD_SECONDS)
    entries = _keep_readable(ports, entries)
    if not entries:
        return 0
    messages = [_read(entry) for entry in entries]
    try:
        refused = ports.queue.send(messages)
    except Problem as problem:
        put_off(ports, entries, reason=problem.code)
        _show(ports, entries, "queue")
        return 0
    left = [entry for entry, message in zip(entries, messages, strict=True) if message in refused]
    sent = [entry for entry in entries if entry not in left]
    with ports.jobs.database.begin() as tx:
        tx.outbox.mark_sent([entry.id for entry in sent])
    if left:
        put_off(ports, left, reason="refused")
    _show(ports, [entry for entry in sent if entry.tries > 1], None)
    _log.info(
        "task messages sent", count=len(sent), task_ids=[entry.payload["task_id"] for entry in sent[:10]]
    )
    return len(sent)


def _read(entry: OutboxEntry) -> TaskMessage:
    return TaskMessage(task_id=entry.payload["task_id"], dispatch=entry.payload["dispatch"])


def _keep_readable(ports: RelayPorts, entries: Sequence[OutboxEntry]) -> list[OutboxEntry]:
    """Set aside messages that are malformed: they would keep the rest of their batch from being
    sent."""
    readable = []
    for entry in entries:
        try:
            _read(entry)
        except (KeyError, TypeError, ValueError) as error:
            set_aside(ports.jobs.database, "message", str(entry.id), error=error)
        else:
            readable.append(entry)
    return readable


def _show(ports: RelayPorts, entries: Sequence[OutboxEntry], waiting_for: WaitingFor | None) -> None:
    """Show the tasks of these messages as waiting for the queue, or as no longer waiting."""
    if not entries:
        return
    with ports.jobs.database.begin() as tx:
        changed = tx.tasks.show_waiting(
            waiting_for,
            instead_of=[None] if waiting_for else ["queue"],
            task_ids=[entry.payload["task_id"] for entry in entries],
            limit=_BATCH,
        )
    for job_id in changed:
        announce_job(ports.jobs, job_id)
