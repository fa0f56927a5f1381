"""Measurements of an outcome's sound and its levels."""

import asyncio
import contextlib
import os
import re
import subprocess
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar

from kit.measure import FFMPEG

Answer = TypeVar("Answer")
#: an offset between picture and sound above this is noticeable
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


async def watch_peak(outcome: Coroutine[Any, Any, Answer]) -> tuple[Answer, int]:
    """Return the outcome and the largest resident memory, in bytes, of its ffmpeg processes."""
    running, peak_bytes = asyncio.create_task(outcome), 0
    while not running.done():
        peak_bytes = max(peak_bytes, await asyncio.to_thread(_read_ffmpeg_peak_bytes))
        await asyncio.sleep(0.05)
    return running.result(), peak_bytes


def _read_ffmpeg_peak_bytes() -> int:
    return max((_read_peak_bytes(folder) for folder in Path("/proc").iterdir()), default=0)


def _read_peak_bytes(process: Path) -> int:
    with contextlib.suppress(OSError, ValueError, IndexError):
        name, _, rest = (process / "stat").read_text().partition("(")[2].rpartition(")")
        if name.startswith("ffmpeg") and int(rest.split()[1]) == os.getpid():
            status = (process / "status").read_text()
            return int(status.partition("VmHWM:")[2].split()[0]) << 10
    return 0
