"""Threads that repeat one step until they are told to stop, and report whether they are alive."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from videoforge.logs import get_logger

#: By then a fault such as a restart of the database may be over.
_MAX_PAUSE_AFTER_FAULT_SECONDS: Final = 1.0

_log = get_logger("SYSTEM")


@dataclass(frozen=True)
class Step:
    """What a step returns about the next one: when it follows, 0 for immediately."""

    pause_seconds: float


class Loop:
    """`step` returns how much it did: if it did something, the next step follows immediately,
    otherwise after `pause_seconds`. Or it returns a Step, which sets the time itself. `ring` starts
    the next step now. A step that raises is logged and retried after at most a second. A loop that
    has not started a step for `max_silence_seconds` counts as stuck."""

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
        """Start the next step now, or right after the running one: what it looked at may have
        changed."""
        self._bell.set()

    def join(self, *, seconds: float) -> bool:
        """Wait for the running step, and return whether it ended. Tell the loop to stop first."""
        self._bell.set()
        self._thread.join(timeout=seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._began_at_seconds = time.monotonic()
            self._bell.clear()  # before the step, which sees everything that came before
            pause_seconds = self._try_step()
            if pause_seconds > 0 and not self._stop.is_set():
                self._bell.wait(pause_seconds)

    def _try_step(self) -> float:
        """Return the seconds until the next step."""
        try:
            done = self._step()
            if isinstance(done, Step):
                return done.pause_seconds
            return 0 if done else self._pause_seconds
        except Exception as error:  # the loop must survive any error of a step
            _log.error("step failed", loop=self.name, exc_info=error)
            return min(self._pause_seconds, _MAX_PAUSE_AFTER_FAULT_SECONDS)
