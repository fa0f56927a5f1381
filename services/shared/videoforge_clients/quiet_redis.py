"""Redis as a server that may be lost: a caller continues without an answer.

After a failure it is not called for some seconds, so that a Redis that is down or hangs costs one
timeout and not one per call. Everything that a process keeps in Redis shares one QuietRedis.
"""

import time
from collections.abc import Callable
from typing import Final, TypeVar

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from videoforge.logs import get_logger
from videoforge_clients.circuit import Circuit

OPEN_SECONDS: Final = 5.0
#: A cache that is slower than this is useless; the caller continues without it.
TIMEOUT_SECONDS: Final = 0.5

_log = get_logger("CACHE")
Answer = TypeVar("Answer")


def build_redis(host: str, *, port: int, timeout_seconds: float = TIMEOUT_SECONDS) -> Redis:
    """Return a client with text values that fails fast. One retry, for a pooled connection that a
    restart of Redis has closed."""
    return Redis(
        host=host,
        port=port,
        decode_responses=True,
        socket_timeout=timeout_seconds,
        socket_connect_timeout=timeout_seconds,
        retry=Retry(NoBackoff(), 1),
        health_check_interval=30,
    )


class QuietRedis:
    """Safe to share between threads, as the client is."""

    def __init__(self, redis: Redis, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._redis = redis
        self._circuit = Circuit(max_failures=1, open_seconds=OPEN_SECONDS, clock=clock)

    def ask(self, call: Callable[[Redis], Answer]) -> Answer | None:
        """Return the result of `call`, or None if Redis fails or is not called for now."""
        if not self._circuit.may_try():
            return None
        try:
            answer = call(self._redis)
        except RedisError as error:
            self._circuit.note_failure()
            _log.warning("cache does not answer", error=type(error).__name__)
            return None
        self._circuit.note_success()
        return answer
