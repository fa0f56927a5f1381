"""Prometheus gauges of what waits: in the queue, in the outbox, and as open tasks. Set by the
relay."""

from dataclasses import asdict

from prometheus_client import Gauge

from job_service.admin.operations import Backlog
from job_service.jobs.ports import QueueDepth
from job_service.platform.metrics import REGISTRY

OUTBOX_WAITING = Gauge(
    "videoforge_outbox_waiting", "Messages not sent yet", multiprocess_mode="mostrecent", registry=REGISTRY
)
#: Labelled, so that only the relay, which sets them, exports them.
_QUEUE_MESSAGES = Gauge(
    "videoforge_queue_messages",
    "Messages in the queue by state; absent while the queue does not answer",
    ["state"],
    multiprocess_mode="mostrecent",
    registry=REGISTRY,
)
_OPEN_TASKS = Gauge(
    "videoforge_open_tasks",
    "Tasks that are pending or running",
    ["status"],
    multiprocess_mode="mostrecent",
    registry=REGISTRY,
)
_DEAD_LETTERS = Gauge(
    "videoforge_dead_letters",
    "Dead-letter messages of the last weeks, by outcome",
    ["outcome"],
    multiprocess_mode="mostrecent",
    registry=REGISTRY,
)
_SET_ASIDE = Gauge(
    "videoforge_set_aside",
    "Rows that no sweep can process, by kind",
    ["kind"],
    multiprocess_mode="mostrecent",
    registry=REGISTRY,
)
_OLDEST_SECONDS = Gauge(
    "videoforge_oldest_seconds",
    "Age of the oldest claimable task and of the oldest message that should have been sent; 0 if none",
    ["what"],
    multiprocess_mode="mostrecent",
    registry=REGISTRY,
)
_WAITING_TASKS = Gauge(
    "videoforge_waiting_tasks",
    "Pending tasks that wait for something, by what it is",
    ["waiting_for"],
    multiprocess_mode="mostrecent",
    registry=REGISTRY,
)


def show_queue(depth: QueueDepth | None, *, backlog: Backlog) -> None:
    """Set the gauges; None removes the queue's own figures instead of showing old ones."""
    OUTBOX_WAITING.set(backlog.outbox_waiting)
    _OPEN_TASKS.labels("pending").set(backlog.pending_tasks)
    _OPEN_TASKS.labels("running").set(backlog.running_tasks)
    _DEAD_LETTERS.clear()
    for outcome, count in backlog.dead_letters.items():
        _DEAD_LETTERS.labels(outcome).set(count)
    _WAITING_TASKS.clear()
    for waiting_for, count in backlog.waiting_tasks.items():
        _WAITING_TASKS.labels(waiting_for).set(count)
    _SET_ASIDE.clear()
    for kind, count in backlog.set_aside.items():
        _SET_ASIDE.labels(kind).set(count)
    _OLDEST_SECONDS.labels("task").set(backlog.oldest_pending_seconds or 0.0)
    _OLDEST_SECONDS.labels("message").set(backlog.oldest_message_seconds or 0.0)
    if depth is None:
        _QUEUE_MESSAGES.clear()
    for state, count in (asdict(depth) if depth else {}).items():
        _QUEUE_MESSAGES.labels(state).set(count)
