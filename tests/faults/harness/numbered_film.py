"""A film whose every frame shows its own number, so that a rendition tells which frames it has.

The number is sixteen black or white squares at the top left, the highest bit first: large enough to
survive an encode. What is read back is a list with one number per decoded frame; a film that was
cut and joined without a fault gives 0, 1, 2, … up to its end.
"""

import subprocess
import tempfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

from demo.errors import DemoError
from demo.media_tools import find_ffmpeg, make

FRAME_RATE: Final = 25
_BITS: Final = 16
#: the squares' sides in pixels: a macroblock of H.264 in each direction, twice
_SIDE: Final = 32
_READ_SECONDS: Final = 300
#: where ffprobe rounds time stamps to microseconds
_TOLERANCE_SECONDS: Final = 0.0005


def make_numbered_film(target: Path, *, seconds: int) -> Path:
    """Write an MP4 of 854×480 with B-frames, a key frame every two seconds, and a tone as sound;
    most of the picture stands still, so that it is quick to encode."""
    frames = seconds * FRAME_RATE
    graph = (
        f"[0]scale={_BITS * _SIDE}:{_SIDE}:flags=neighbor,format=yuv420p[number];"
        "[1]pad=854:480:267:160:gray[canvas];"
        "[canvas][number]overlay=shortest=1,format=yuv420p[picture]"
    )
    with tempfile.NamedTemporaryFile(suffix=".gray") as numbers:
        numbers.write(b"".join(_paint(number) for number in range(frames)))
        numbers.flush()
        make(
            [
                *("-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{_BITS}x1", "-r", str(FRAME_RATE)),
                *("-i", numbers.name, "-f", "lavfi", "-i", f"testsrc2=s=320x240:r={FRAME_RATE}"),
                *("-f", "lavfi", "-i", f"sine=f=440:r=48000:d={seconds}"),
                *("-filter_complex", graph, "-map", "[picture]", "-map", "2:a", "-c:a", "aac"),
                *(
                    "-c:v",
                    "libx264",
                    "-preset",
                    "superfast",
                    "-crf",
                    "30",
                    "-bf",
                    "2",
                    "-g",
                    str(2 * FRAME_RATE),
                ),
                *("-movflags", "+faststart"),
            ],
            target=target,
        )
    return target


def _paint(number: int) -> bytes:
    return bytes(255 * (number >> bit & 1) for bit in reversed(range(_BITS)))


def read_numbers(source: str) -> list[int]:
    """Return the number that each frame of a file or playlist shows, in order."""
    graph = f"crop={_BITS * _SIDE}:{_SIDE}:0:0,scale={_BITS}:1:flags=area,format=gray"
    command = [find_ffmpeg(), "-nostdin", "-v", "error", "-i", source, "-map", "0:v:0"]
    command += ["-fps_mode", "passthrough", "-vf", graph, "-f", "rawvideo", "-"]
    shown = _run(command)
    return [_read(shown[at : at + _BITS]) for at in range(0, len(shown), _BITS)]


def _read(row: bytes) -> int:
    return int("".join("1" if value > 127 else "0" for value in row), 2)


def find_wrong_frames(numbers: Sequence[int], *, frames: int) -> str:
    """Return what is wrong with these frames of a film of so many; empty if nothing is."""
    if list(numbers) == list(range(frames)):
        return ""
    at = next((at for at, number in enumerate(numbers) if at != number), len(numbers))
    shown = numbers[at] if at < len(numbers) else "nothing"
    return f"{len(numbers)} frames of {frames}; frame {at} shows {shown}"


def find_wrong_times(source: str, *, stream: str) -> str:
    """Return where the time stamps of a track (`v:0` or `a:0`) are not evenly spaced from 0 on; empty
    if they are."""
    command = ["ffprobe", "-v", "error", "-select_streams", stream]
    command += ["-show_entries", "packet=pts_time,flags", "-of", "csv=p=0", source]
    rows = [line.split(",") for line in _run(command).decode().split()]
    times = sorted(float(row[0]) for row in rows if "D" not in row[1])
    if len(times) < 2:
        return f"{stream} has {len(times)} packets"
    step = (times[-1] - times[0]) / (len(times) - 1)
    for before, after in pairwise(times):
        if abs(after - before - step) > _TOLERANCE_SECONDS:
            return f"{stream} goes from {before} s to {after} s, in steps of {step:.6f} s"
    return ""


def _run(command: list[str]) -> bytes:
    done = subprocess.run(command, capture_output=True, timeout=_READ_SECONDS, check=False)
    if done.returncode != 0:
        raise DemoError(f"{command[0]} could not read it: {done.stderr.decode(errors='replace')[-300:]}")
    return done.stdout
