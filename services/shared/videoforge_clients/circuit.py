"""A circuit breaker: after several failures in a row a dependency is not called for a while.

A dead dependency then costs its callers microseconds instead of a timeout on every thread.
"""

import threading
import time
from collections.abc import Callable


class Circuit:
    """Opens for `open_seconds` after `max_failures` in a row; then one caller may try, and its
    result closes or opens it again. Safe for threads."""

    def __init__(
        self,
        *,
        max_failures: int = 5,
        open_seconds: float = 3,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._max_failures = max_failures
        self._open_seconds = open_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._closed_again_at = 0.0

    def may_try(self) -> bool:
        with self._lock:
            if self._failures < self._max_failures:
                return True
            if self._clock() < self._closed_again_at:
                return False
            # this caller is the trial; the others wait for its result
            self._closed_again_at = self._clock() + self._open_seconds
            return True

    def note_success(self) -> None:
        with self._lock:
            self._failures = 0

    def note_failure(self) -> None:
        with self._lock:
            self._failures += 1
            if self._failures >= self._max_failures:
                self._closed_again_at = self._clock() + self._open_seconds
