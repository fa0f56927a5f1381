"""How full a decoder's buffer gets, and how the quality of a video moves from second to second."""

import subprocess
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path


def list_frame_bits(path: Path) -> list[int]:
    """Return the bits of each picture, in the order of decoding."""
    command = ["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "packet=size"]
    text = subprocess.run([*command, "-of", "csv=p=0", path], check=True, capture_output=True, text=True)
    return [8 * int(line.strip(",")) for line in text.stdout.split()]


def find_fullest(bits: Sequence[int], *, frame_rate: Fraction, ceiling_bps: int, buffer_bits: int) -> float:
    """Return the most bits by which any stretch of pictures exceeds what the ceiling allows for its
    time, in buffers: a leaky bucket that drains at the ceiling. Above 1 the buffer is exceeded."""
    level, fullest = 0.0, 0.0
    for own in bits:
        level = max(0.0, level - float(ceiling_bps / frame_rate)) + own
        fullest = max(fullest, level)
    return fullest / buffer_bits


def list_steps(seconds: Sequence[float], *, at: Sequence[int]) -> Iterator[float]:
    """Yield how much better or worse the second that begins at each of these is than the one
    before."""
    return (seconds[index] - seconds[index - 1] for index in at)


def list_seconds(psnr: Sequence[float], *, frame_rate: int) -> list[float]:
    """Return the mean PSNR of each second of a whole rate."""
    groups = [psnr[start : start + frame_rate] for start in range(0, len(psnr), frame_rate)]
    return [sum(group) / len(group) for group in groups]
