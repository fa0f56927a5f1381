"""The connection to Redis, which holds nothing that cannot be lost: caches, live progress, counters."""

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

#: A cache that is slower than this is no cache; the caller goes on without it.
TIMEOUT_SECONDS = 0.5


def build_redis(host: str, *, port: int) -> Redis:
    """Return a client with text values that fails fast; callers catch redis.RedisError and go on."""
    return Redis(
        host=host,
        port=port,
        decode_responses=True,
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 1),
        health_check_interval=30,
    )
