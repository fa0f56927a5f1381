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


def read_ffmpeg_peak_bytes() -> int:
    """Return the largest resident memory that an ffmpeg below this process has had."""
    return max((_read_peak_bytes(folder) for folder in Path("/proc").iterdir()), default=0)


def _read_peak_bytes(process: Path) -> int:
    with contextlib.suppress(OSError, ValueError, IndexError):
        name, _, rest = (process / "stat").read_text().partition("(")[2].rpartition(")")
        if name.startswith("ffmpeg") and int(rest.split()[1]) == os.getpid():
            status = (process / "status").read_text()
            return int(status.partition("VmHWM:")[2].split()[0]) << 10
    return 0
