"""The pool of connections to PostgreSQL as Prometheus metrics, with the same names in each service.

    videoforge_database_pool_connections{state="size"}       the size of the pool
    videoforge_database_pool_connections{state="in_use"}     in use at this moment
    videoforge_database_wait_seconds                         time until a caller gets its connection

Under gunicorn the gauges are sums over the live workers.
"""

from typing import Any

from prometheus_client import CollectorRegistry, Gauge, Histogram
from sqlalchemy import event
from sqlalchemy.engine import Engine


class PoolMetrics:
    """One per process; `watch` an engine to count its connections."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._connections = Gauge(
            "videoforge_database_pool_connections",
            "Connections to PostgreSQL: as many as may be, and in use",
            ["state"],
            multiprocess_mode="livesum",
            registry=registry,
        )
        self._wait = Histogram(
            "videoforge_database_wait_seconds",
            "Time to get a connection to PostgreSQL from the pool",
            buckets=(0.001, 0.005, 0.02, 0.1, 0.5, 1, 2.5),
            registry=registry,
        )

    def observe_wait(self, seconds: float) -> None:
        self._wait.observe(seconds)

    def watch(self, engine: Engine, *, size: int) -> None:
        self._connections.labels("size").set(size)
        in_use = self._connections.labels("in_use")

        @event.listens_for(engine, "checkout")
        def count_out(*_: Any) -> None:
            in_use.inc()

        @event.listens_for(engine, "checkin")
        def count_in(*_: Any) -> None:
            in_use.dec()
