"""Progress of a task: ffmpeg's reports, and how far they say that the task is.

ffmpeg prints blocks of `name=value` lines that end with `progress=continue` or `progress=end`. With
HLS outputs its sizes are N/A, and `out_time_us` is one clock for all outputs, N/A before the first
packet.
"""

from dataclasses import dataclass, field
from math import isfinite
from typing import Final

from videoforge.messages import Phase, WaitingFor

#: ffmpeg's other output, including what a file makes it print, is not kept.
_READ: Final = frozenset({"out_time_us", "frame", "speed"})


@dataclass(frozen=True)
class FfmpegReport:
    """`out_seconds` is how far the outputs have got, `speed` is source seconds per second."""

    out_seconds: float | None
    speed: float | None
    frame: int | None
    is_last: bool


@dataclass
class ReportReader:
    """Collects lines until a block is complete."""

    _values: dict[str, str] = field(default_factory=dict)

    def feed(self, line: str) -> FfmpegReport | None:
        """Return the report that this line completes, or None."""
        name, _, value = line.strip().partition("=")
        if name in _READ:
            self._values[name] = value.strip()
        if name != "progress":
            return None
        values, self._values = self._values, {}
        microseconds = _read_number(values.get("out_time_us"))
        frame = _read_number(values.get("frame"))
        return FfmpegReport(
            out_seconds=None if microseconds is None else max(0.0, microseconds / 1e6),
            speed=_read_number((values.get("speed") or "").rstrip("x")),
            frame=None if frame is None else int(frame),
            is_last=value.strip() == "end",
        )


def _read_number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None  # N/A
    return number if isfinite(number) else None


@dataclass
class TaskProgress:
    """How far this attempt is, as reported to job-service. `percent` stays below 100 until the task
    is reported complete. It falls when an encode starts again without its sound; job-service never
    shows less than before. `waiting_for` names the dependency that the attempt is waiting for."""

    phase: Phase
    percent: float = 0.0
    speed: float | None = None
    rendition_percents: dict[str, float] = field(default_factory=dict)
    waiting_for: WaitingFor | None = None

    def set_percent(self, percent: float) -> None:
        self.percent = min(percent, 99.0)

    def set_rendition_percent(self, name: str, *, percent: float) -> None:
        self.rendition_percents[name] = min(percent, 100.0)


def find_eta_seconds(percent: float, *, elapsed_seconds: float) -> float | None:
    """Return the seconds a task still needs at its pace so far, or None while that is unknown."""
    if percent < 1:
        return None
    return elapsed_seconds * (100 - percent) / percent
