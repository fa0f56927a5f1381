"""Prometheus metrics of job-service's processes; the one place that names them.

Under gunicorn each worker writes files in PROMETHEUS_MULTIPROC_DIR and the private port adds them up.
"""

import os
from dataclasses import asdict

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    multiprocess,
)

from job_service.domain.operations import Backlog
from job_service.ports.job_outlets import QueueDepth
from videoforge_clients.postgres_metrics import PoolMetrics

#: Not the library's global one, which two services in one test process would both write to.
_REGISTRY = CollectorRegistry()
ProcessCollector(registry=_REGISTRY)

_REQUESTS = Histogram(
    "videoforge_http_request_seconds",
    "Time to answer, by route",
    ["route", "method", "status"],
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=_REGISTRY,
)
TASKS = Counter("videoforge_tasks_total", "Ends of task attempts", ["kind", "outcome"], registry=_REGISTRY)
_JOBS = Counter("videoforge_jobs_total", "Jobs that reached a final state", ["status"], registry=_REGISTRY)
QUEUE_SECONDS = Histogram(
    "videoforge_job_queue_seconds",
    "Time from asking for a job, or asking again, to its first claim",
    buckets=(0.5, 1, 2, 5, 10, 30, 60, 300, 1800, 7200),
    registry=_REGISTRY,
)
OUTBOX_WAITING = Gauge(
    "videoforge_outbox_waiting", "Messages not sent yet", multiprocess_mode="mostrecent", registry=_REGISTRY
)
#: With labels, so that only the relay shows them, who sets them.
_QUEUE_MESSAGES = Gauge(
    "videoforge_queue_messages",
    "Messages in the queue by state; nothing while it does not answer",
    ["state"],
    multiprocess_mode="mostrecent",
    registry=_REGISTRY,
)
_OPEN_TASKS = Gauge(
    "videoforge_open_tasks",
    "Tasks that wait or run",
    ["status"],
    multiprocess_mode="mostrecent",
    registry=_REGISTRY,
)
_DEAD_LETTERS = Gauge(
    "videoforge_dead_letters",
    "Messages that the queue gave up, of the last weeks, by what became of them",
    ["outcome"],
    multiprocess_mode="mostrecent",
    registry=_REGISTRY,
)
_SET_ASIDE = Gauge(
    "videoforge_set_aside",
    "Rows that no sweep can deal with, by kind",
    ["kind"],
    multiprocess_mode="mostrecent",
    registry=_REGISTRY,
)
_OLDEST_SECONDS = Gauge(
    "videoforge_oldest_seconds",
    "Age of what waits longest: a task that could be claimed, a message that should be sent; 0 for nothing",
    ["what"],
    multiprocess_mode="mostrecent",
    registry=_REGISTRY,
)
POOL = PoolMetrics(_REGISTRY)
_WAITING_TASKS = Gauge(
    "videoforge_waiting_tasks",
    "Pending tasks that stand still, by what they wait for",
    ["waiting_for"],
    multiprocess_mode="mostrecent",
    registry=_REGISTRY,
)
SWEPT = Counter("videoforge_swept_total", "What the sweeps mended", ["sweep"], registry=_REGISTRY)


class PrometheusJobTally:
    def count_end(self, status: str) -> None:
        _JOBS.labels(status).inc()


def observe_request(*, route: str, method: str, status: int, seconds: float) -> None:
    _REQUESTS.labels(route, method, str(status)).observe(seconds)


def show_queue(depth: QueueDepth | None, *, backlog: Backlog) -> None:
    """Set what waits; None takes the queue's own figures away, rather than show old ones."""
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


def build_registry() -> CollectorRegistry:
    """Return what /metrics shows: the sum over gunicorn's workers, or this process alone."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return _REGISTRY
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry
