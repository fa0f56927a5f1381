"""Prometheus metrics of gallery-service."""

from prometheus_client import CollectorRegistry, ProcessCollector

from videoforge_clients.postgres_metrics import PoolMetrics
from videoforge_web.request_metrics import RequestMetrics

#: Not the library's global one, which two services in one test process would both write to.
REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

REQUESTS = RequestMetrics(REGISTRY)
POOL = PoolMetrics(REGISTRY)
