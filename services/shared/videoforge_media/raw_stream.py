"""Raw H.264, H.265, H.266 (Annex B) and APV: pictures without a container, so without times and
duration.

The stream itself may state its rate (H.264's VUI, H.265's VPS or VUI, H.266's SPS), which FFmpeg's
trace of the headers shows; otherwise FFmpeg decodes it at 25 frames a second, and APV, which cannot
state it, at 30. ffprobe reports how long each packet is shown. Seconds are the sum over all
packets.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from videoforge_media.probe_fields import read_grid_rate, read_int, read_seconds
from videoforge_media.sandbox import SandboxLimits
from videoforge_media.sandbox_run import SandboxTimedOut, run_sandboxed

RAW_FORMATS: Final = frozenset({"h264", "hevc", "vvc", "apv"})
#: the entries to request from ffprobe, in the order in which it prints them
RAW_ENTRIES: Final = "packet=duration_time,size"
_ASSUMED_RATE: Final = Fraction(25)
_APV_RATE: Final = Fraction(30)
#: How many packets are read if the whole cannot be: some seconds, which are in the downloaded part.
_SAMPLE_PACKETS: Final = 100


def is_raw(form: Mapping[str, Any]) -> bool:
    """Return whether ffprobe's object of a file describes a raw stream."""
    return form.get("format_name") in RAW_FORMATS


_STATED: Final = re.compile(r"timing_(?:info|hrd_params)_present_flag .*= 1")
_LIMITS: Final = SandboxLimits(address_space_bytes=4 << 30, cpu_seconds=30, file_size_bytes=8 << 20)

ListLines = Callable[[Sequence[str]], Iterable[str] | None]


@dataclass(frozen=True)
class RawTimes:
    """`seconds` is estimated from the size of the first packets unless `is_counted`."""

    rate: Fraction
    is_rate_stated: bool
    seconds: float
    is_counted: bool

    def fill(self, video: Mapping[str, Any]) -> dict[str, Any]:
        """Return ffprobe's object of the picture with what a container would have stated."""
        rate = f"{self.rate.numerator}/{self.rate.denominator}"
        return {**video, "r_frame_rate": rate, "avg_frame_rate": rate, "duration": f"{self.seconds:.6f}"}


def measure_raw(
    video: Mapping[str, Any],
    *,
    size_bytes: int,
    has_hole: bool,
    list_lines: ListLines,
    states_rate: Callable[[], bool],
) -> RawTimes:
    """Return the times of a raw stream. `list_lines` runs ffprobe with additional options and
    returns its packet lines, None if it took too long. After a hole nothing can be read."""
    lines = None if has_hole else list_lines(())
    is_counted = lines is not None
    if lines is None:
        lines = list_lines(("-read_intervals", f"%+#{_SAMPLE_PACKETS}")) or ()
    durations: Counter[float] = Counter()
    seen_bytes = 0
    for line in lines:
        fields = line.strip().split(",")
        durations[read_seconds(fields[0]) or 0.0] += 1
        seen_bytes += read_int(fields[-1]) or 0
    assumed = _APV_RATE if video.get("codec_name") == "apv" else _ASSUMED_RATE
    rate = find_rate(video, durations=durations)
    # a rate other than FFmpeg's default is the stream's; confirm's ffmpeg cannot read the headers
    # of H.266
    is_stated = rate is not None and (rate != assumed or states_rate())
    rate = rate if rate is not None and is_stated else assumed
    seconds = (
        sum(each * count for each, count in durations.items()) if is_stated else durations.total() / rate
    )
    if not is_counted and seen_bytes:
        seconds = seconds * size_bytes / seen_bytes
    return RawTimes(rate, is_stated, float(seconds), is_counted)


def find_rate(video: Mapping[str, Any], *, durations: Mapping[float, int]) -> Fraction | None:
    """Return the frame rate on which grid and packets agree; H.264's grid counts fields."""
    grid = read_grid_rate(video)
    usual = max(durations, key=lambda seconds: durations[seconds], default=0.0)
    if grid is None or not usual:
        return None
    return next((rate for rate in (grid, grid / 2) if abs(float(rate) * usual - 1) < 0.01), None)


def states_rate(path: Path, *, ffmpeg: str, timeout_seconds: float = 10) -> bool:
    """Return whether the stream's first headers state a frame rate."""
    command = [
        *(ffmpeg, "-nostdin", "-hide_banner", "-nostats", "-v", "info"),
        *("-protocol_whitelist", "file", "-format_whitelist", ",".join(sorted(RAW_FORMATS))),
        *("-i", f"file:{path}", "-map", "0:v:0", "-c", "copy", "-frames:v", "1"),
        *("-bsf:v", "trace_headers", "-f", "null", "-"),
    ]
    try:
        output = run_sandboxed(command, limits=_LIMITS, timeout_seconds=timeout_seconds).stderr
    except SandboxTimedOut:
        return False
    return _STATED.search(output) is not None
