"""Prometheus metrics of job-service's processes. The operator's view of the queue is in
admin/queue_metrics.py.

Under gunicorn each worker writes files in PROMETHEUS_MULTIPROC_DIR and the private port sums them
up.
"""

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector

from videoforge_clients.postgres_metrics import PoolMetrics
from videoforge_web.request_metrics import RequestMetrics

#: Not the library's global registry, which two services in one test process would both write to.
REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

REQUESTS = RequestMetrics(REGISTRY)
TASKS = Counter("videoforge_tasks_total", "Ends of task attempts", ["kind", "outcome"], registry=REGISTRY)
_JOBS = Counter("videoforge_jobs_total", "Jobs that reached a final state", ["status"], registry=REGISTRY)
QUEUE_SECONDS = Histogram(
    "videoforge_job_queue_seconds",
    "Time from creating or retrying a job to its first claim",
    buckets=(0.5, 1, 2, 5, 10, 30, 60, 300, 1800, 7200),
    registry=REGISTRY,
)
FIRST_PLAYABLE_SECONDS = Histogram(
    "videoforge_first_playable_seconds",
    "Time from creating a job to the first seconds of its video that can be watched",
    buckets=(2, 3, 5, 7, 10, 15, 20, 30, 60, 300, 1800, 7200),
    registry=REGISTRY,
)
POOL = PoolMetrics(REGISTRY)
SWEPT = Counter("videoforge_swept_total", "Rows fixed by the sweeps", ["sweep"], registry=REGISTRY)


class PrometheusJobMetrics:
    def count_end(self, status: str) -> None:
        _JOBS.labels(status).inc()
