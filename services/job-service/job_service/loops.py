"""Threads that do one thing again and again until they are told to stop, and say whether they are alive."""

import threading
import time
from collections.abc import Callable

from videoforge.logs import get_logger

_log = get_logger("SYSTEM")


class Loop:
    """`step` returns how much it did; after a step that did something the next follows at once. A step that
    raises is logged and tried again after the pause. A loop that has not begun a step for
    `max_silence_seconds` counts as stuck."""

    def __init__(
        self,
        name: str,
        step: Callable[[], int],
        *,
        pause_seconds: float,
        max_silence_seconds: float,
        stop: threading.Event,
    ) -> None:
        self.name = name
        self._step = step
        self._pause_seconds = pause_seconds
        self._max_silence_seconds = max_silence_seconds
        self._stop = stop
        self._began_at_seconds = time.monotonic()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def is_alive(self) -> bool:
        silence = time.monotonic() - self._began_at_seconds
        return self._thread.is_alive() and silence < self._max_silence_seconds

    def start(self) -> None:
        self._thread.start()

    def join(self, *, seconds: float) -> bool:
        """Wait for the step that runs, and say whether it ended."""
        self._thread.join(timeout=seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._began_at_seconds = time.monotonic()
            if not self._try_step():
                self._stop.wait(self._pause_seconds)

    def _try_step(self) -> int:
        try:
            return self._step()
        except Exception as error:  # the loop must outlive whatever one step meets
            _log.error("step failed", loop=self.name, exc_info=error)
            return 0
