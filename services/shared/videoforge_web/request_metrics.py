"""The requests of a Flask service as a Prometheus metric, with the same name and buckets in each service.

    videoforge_http_request_seconds{route, method, status}       time until the answer is ready to be sent

Under gunicorn each worker writes files in PROMETHEUS_MULTIPROC_DIR, and the private port adds them up.
"""

from prometheus_client import CollectorRegistry, Histogram


class RequestMetrics:
    """One per process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._seconds = Histogram(
            "videoforge_http_request_seconds",
            "Time to answer, by route",
            ["route", "method", "status"],
            buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
            registry=registry,
        )

    def observe(self, *, route: str, method: str, status: int, seconds: float) -> None:
        self._seconds.labels(route, method, str(status)).observe(seconds)
