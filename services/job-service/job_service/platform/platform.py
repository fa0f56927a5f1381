"""Shared by all features of job-service: settings, database, Redis, AWS sessions."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from redis import Redis

from job_service.platform.metrics import POOL
from job_service.settings import Settings
from videoforge.service_tokens import ServiceTokens
from videoforge_clients.postgres import PostgresClient
from videoforge_clients.quiet_redis import QuietRedis, build_redis


@dataclass(frozen=True)
class Platform:
    """`clock` returns aware UTC; leases and queues go by the database's clock instead."""

    settings: Settings
    database: PostgresClient
    redis: Redis
    quiet_redis: QuietRedis
    service_tokens: ServiceTokens
    clock: Callable[[], datetime]


def build_platform(settings: Settings, *, pool_size: int | None = None) -> Platform:
    """Connects to nothing yet: every client connects at its first use and reconnects after a
    loss."""
    redis = build_redis(settings.redis_host, port=settings.redis_port)
    return Platform(
        settings=settings,
        database=PostgresClient(
            settings.database_url,
            application_name=settings.service_name,
            pool_metrics=POOL,
            pool_size=pool_size or settings.server_threads,
            slow_seconds=settings.slow_query_ms / 1000,
        ),
        redis=redis,
        quiet_redis=QuietRedis(redis),
        service_tokens=ServiceTokens(settings.service_tokens),
        clock=lambda: datetime.now(UTC),
    )
