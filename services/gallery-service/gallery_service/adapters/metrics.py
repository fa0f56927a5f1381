"""Prometheus metrics of gallery-service; the one place that names them.

Under gunicorn each worker writes files in PROMETHEUS_MULTIPROC_DIR and the private port adds them up.
"""

import os

from prometheus_client import REGISTRY, CollectorRegistry, Histogram, multiprocess

from videoforge_clients.postgres_metrics import PoolMetrics

_REQUESTS = Histogram(
    "videoforge_http_request_seconds",
    "Time to answer, by route",
    ["route", "method", "status"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5),
)
POOL = PoolMetrics(REGISTRY)


def observe_request(*, route: str, method: str, status: int, seconds: float) -> None:
    _REQUESTS.labels(route, method, str(status)).observe(seconds)


def build_registry() -> CollectorRegistry:
    """Return what /metrics shows: the sum over gunicorn's workers, or this process alone."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry
