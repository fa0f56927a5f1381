"""What the tests of sound ask of an outcome, and of the levels in it."""

import contextlib
import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kit.measure import FFMPEG

#: picture and sound apart by more than this is seen
IN_STEP_MS = 20


def is_in_step(offsets: Sequence[float]) -> bool:
    return bool(offsets) and max(map(abs, offsets)) <= IN_STEP_MS


def has_sound(outcome: Any) -> bool:
    return outcome.refusal is None and outcome.job.assembled.audio is not None


def say(outcome: Any) -> str:
    return ", ".join([str(outcome.refusal or "published"), *sorted(outcome.warnings)])


def find_mp4(outcome: Any) -> Path:
    assert outcome.refusal is None, outcome.failure
    return Path(outcome.get_mp4(outcome.job.assembled.renditions[0].format))


def measure_loudness(path: Path) -> list[float]:
    """Return the RMS level of the left and the right channel in dBFS."""
    command = [FFMPEG, "-hide_banner", "-nostdin", "-i", str(path), "-vn", "-af", "astats", "-f", "null", "-"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    return [float(level) for level in re.findall(r"RMS level dB: (\S+)", text)[:2]]


def read_children_peak_bytes() -> int:
    """Return the largest resident memory that a child of ours has had, caged programs being our children."""
    peak = 0
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError, StopIteration):
            if folder.name.isdigit() and (folder / "stat").read_text().rpartition(")")[2].split()[1] == str(
                os.getpid()
            ):
                lines = (folder / "status").read_text().splitlines()
                peak = max(peak, next(int(x.split()[1]) << 10 for x in lines if x.startswith("VmHWM")))
    return peak
