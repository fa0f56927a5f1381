"""The processor's Prometheus metrics and its health, served on its private port."""

import time
from collections.abc import Sequence
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from video_processor.use_cases.context import PhaseClock

#: A slot polls at least every 20 s or is working; several missed polls mean that the queue does not
#: answer.
_UNHEALTHY_AFTER_SECONDS: Final = 90.0
_PHASE_BUCKETS: Final = (0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600)
_SPEED_BUCKETS: Final = (0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32)


class Metrics:
    """One per process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._started_at = time.monotonic()
        self._polled_at = self._started_at
        self._busy = 0
        self._reasons: list[str] = []
        self._polls = Counter(
            "videoforge_processor_queue_polls", "Long polls by result.", ["result"], registry=self.registry
        )
        self._tasks = Counter(
            "videoforge_processor_tasks",
            "Tasks by kind and outcome.",
            ["kind", "outcome"],
            registry=self.registry,
        )
        self._busy_slots = Gauge(
            "videoforge_processor_busy_slots", "Slots that are working now.", registry=self.registry
        )
        self._phase_seconds = Histogram(
            "videoforge_processor_phase_seconds",
            "Seconds of a task spent in each phase.",
            ["kind", "phase"],
            buckets=_PHASE_BUCKETS,
            registry=self.registry,
        )
        self._encode_speed = Histogram(
            "videoforge_processor_encode_speed",
            "Source seconds encoded per second, with all rungs.",
            buckets=_SPEED_BUCKETS,
            registry=self.registry,
        )
        self._unfit = Gauge(
            "videoforge_processor_unfit",
            "Reasons why the processor takes no tasks; none while it takes them.",
            ["reason"],
            registry=self.registry,
        )
        self._room_bytes = Gauge(
            "videoforge_processor_room_bytes",
            "Scratch disk space available to tasks.",
            registry=self.registry,
        )
        self._cpu_seconds = Counter(
            "videoforge_processor_ffmpeg_cpu_seconds", "CPU seconds used by ffmpeg.", registry=self.registry
        )

        self._read_bytes = Counter(
            "videoforge_processor_source_read_bytes",
            "Bytes of sources read from the object store.",
            ["kind"],
            registry=self.registry,
        )

    def count_poll(self, result: str) -> None:
        """`result` is message, empty or failed."""
        if result != "failed":
            self._polled_at = time.monotonic()
        self._polls.labels(result).inc()

    def show_unfit(self, reasons: Sequence[str]) -> None:
        """`reasons` are codes of what keeps the processor from taking tasks."""
        self._reasons = list(reasons)
        self._unfit.clear()
        for reason in reasons:
            self._unfit.labels(reason).set(1)

    def show_room(self, room_bytes: int) -> None:
        self._room_bytes.set(room_bytes)

    def enter_task(self) -> None:
        self._busy += 1
        self._busy_slots.set(self._busy)

    def leave_task(self, *, kind: str, outcome: str, clock: PhaseClock, speed: float | None) -> None:
        """`outcome` is completed, failed, handed_back, interrupted, given_up or lease_lost."""
        self._busy -= 1
        self._busy_slots.set(self._busy)
        self._polled_at = time.monotonic()
        self._tasks.labels(kind, outcome).inc()
        for phase, seconds in clock.seconds.items():
            self._phase_seconds.labels(kind, phase).observe(seconds)
        self._cpu_seconds.inc(clock.cpu_seconds)
        self._read_bytes.labels(kind).inc(clock.read_bytes)
        if kind == "encode" and outcome == "completed" and speed:
            self._encode_speed.observe(speed)

    def check_health(self) -> tuple[bool, dict[str, Any]]:
        """Return whether the processor can take tasks, and is working or got an answer from the
        queue lately."""
        silent_seconds = time.monotonic() - self._polled_at
        is_active = self._busy > 0 or silent_seconds < _UNHEALTHY_AFTER_SECONDS
        return is_active and not self._reasons, {
            "busy_slots": self._busy,
            "seconds_since_poll": round(silent_seconds, 1),
            "takes_no_tasks": self._reasons,
        }
