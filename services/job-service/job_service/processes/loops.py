"""Threads that do one thing again and again until they are told to stop, and say whether they are alive."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from videoforge.logs import get_logger

#: What a step met may have passed by then, such as a restart of the database.
_MAX_PAUSE_AFTER_FAULT_SECONDS: Final = 1.0

_log = get_logger("SYSTEM")


@dataclass(frozen=True)
class Step:
    """What a step says of the next one: when it is to follow, 0 at once."""

    pause_seconds: float


class Loop:
    """`step` returns how much it did: after one that did something the next follows at once, and else after
    `pause_seconds`. Or it returns a Step that says when itself. Whoever rings has the next begin now. A step
    that raises is logged and tried again after a second at most. A loop that has not begun a step for
    `max_silence_seconds` counts as stuck."""

    def __init__(
        self,
        name: str,
        step: Callable[[], int | Step],
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
        self._bell = threading.Event()
        self._began_at_seconds = time.monotonic()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def is_alive(self) -> bool:
        silence = time.monotonic() - self._began_at_seconds
        return self._thread.is_alive() and silence < self._max_silence_seconds

    def start(self) -> None:
        self._thread.start()

    def ring(self) -> None:
        """Begin the next step now, or right after the one that runs: what it looked at may have changed."""
        self._bell.set()

    def join(self, *, seconds: float) -> bool:
        """Wait for the step that runs, and say whether it ended. The loop is told to stop before."""
        self._bell.set()
        self._thread.join(timeout=seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._began_at_seconds = time.monotonic()
            self._bell.clear()  # before the step, which sees what came until now
            pause_seconds = self._try_step()
            if pause_seconds > 0 and not self._stop.is_set():
                self._bell.wait(pause_seconds)

    def _try_step(self) -> float:
        """Return the seconds until the next one."""
        try:
            done = self._step()
            if isinstance(done, Step):
                return done.pause_seconds
            return 0 if done else self._pause_seconds
        except Exception as error:  # the loop must outlive whatever one step meets
            _log.error("step failed", loop=self.name, exc_info=error)
            return min(self._pause_seconds, _MAX_PAUSE_AFTER_FAULT_SECONDS)
