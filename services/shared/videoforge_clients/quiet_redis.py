"""Redis as a thing that can be lost: whoever asks goes on without an answer.

After a failure it is left alone for some seconds, so that a Redis that is down or hangs costs one time-out
and not one for each call. All that a process keeps in Redis shares one QuietRedis.
"""

import time
from collections.abc import Callable
from typing import Final, TypeVar

from redis import Redis, RedisError

from videoforge.logs import get_logger
from videoforge_clients.circuit import Circuit

OPEN_SECONDS: Final = 5.0

_log = get_logger("CACHE")
Answer = TypeVar("Answer")


class QuietRedis:
    """Safe to share between threads, as the client is."""

    def __init__(self, redis: Redis, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._redis = redis
        self._circuit = Circuit(max_failures=1, open_seconds=OPEN_SECONDS, clock=clock)

    def ask(self, call: Callable[[Redis], Answer]) -> Answer | None:
        """Return what `call` gets from Redis, or None when it failed or is left alone for now."""
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
