"""ffprobe and ffmpeg as a player's stand-in: read an address, decode all of it, say what was there.

The addresses are our own stack's, so none of the precautions for strangers' files is needed here.
"""

import json
import subprocess
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import imageio_ffmpeg

from infra.local.demo.faults import DemoFault

_SECONDS: Final = 300


@dataclass(frozen=True)
class Media:
    """What a file or stream holds; the first video track's size, 0×0 where there is none."""

    duration_seconds: float
    width: int
    height: int
    video_codec: str
    audio_codec: str | None
    frame_rate: Fraction
    size_bytes: int


def find_ffmpeg() -> str:
    """Return the FFmpeg that comes with the Python environment, the one that the processors use."""
    path: str = imageio_ffmpeg.get_ffmpeg_exe()
    return path


def list_streams(source: str) -> list[dict[str, Any]]:
    """Return ffprobe's streams of a file or address."""
    streams: list[dict[str, Any]] = _probe(source)["streams"]
    return streams


def inspect(source: str) -> Media:
    """Return what a file or address holds. Raises DemoFault where ffprobe cannot read it."""
    found = _probe(source)
    streams = found["streams"]
    video = _find_first(streams, kind="video")
    audio = _find_first(streams, kind="audio")
    container = found["format"]
    return Media(
        duration_seconds=float(container.get("duration") or 0),
        width=int(video.get("width", 0)),
        height=int(video.get("height", 0)),
        video_codec=video.get("codec_name", ""),
        audio_codec=audio.get("codec_name"),
        frame_rate=Fraction(video.get("avg_frame_rate", "0").replace("/0", "")),
        size_bytes=int(container.get("size") or 0),
    )


def _find_first(streams: list[dict[str, Any]], *, kind: str) -> dict[str, Any]:
    return next((stream for stream in streams if stream["codec_type"] == kind), {})


def decode(source: str, *, streams: tuple[str, ...] = ("0:v:0", "0:a?")) -> int:
    """Decode the streams from end to end and return the frames of the first. Raises DemoFault at any fault,
    also at those that ffmpeg only mentions."""
    maps = [word for stream in streams for word in ("-map", stream)]
    report = ("-v", "error", "-xerror", "-progress", "pipe:1")
    # passthrough: each frame counts once, none is dropped or doubled to make the rate even
    target = ("-fps_mode", "passthrough", "-f", "null", "-")
    done = _run([find_ffmpeg(), "-nostdin", *report, "-i", source, *maps, *target])
    if done.returncode != 0 or done.stderr.strip():
        raise DemoFault(f"{_shorten(source)} does not decode: {_last_line(done.stderr)}")
    frames = [line.partition("=")[2] for line in done.stdout.splitlines() if line.startswith("frame=")]
    return int(frames[-1]) if frames else 0


def make(arguments: list[str], *, target: Path) -> None:
    """Run ffmpeg with these arguments to write a file. Raises DemoFault."""
    done = _run([find_ffmpeg(), "-nostdin", "-v", "error", "-y", *arguments, str(target)])
    if done.returncode != 0:
        raise DemoFault(f"ffmpeg could not make {target.name}: {_last_line(done.stderr)}")


def _probe(source: str) -> dict[str, Any]:
    done = _run(["ffprobe", "-v", "error", "-of", "json", "-show_format", "-show_streams", source])
    if done.returncode != 0:
        raise DemoFault(f"{_shorten(source)} cannot be read: {_last_line(done.stderr)}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=_SECONDS, check=False
        )
    except FileNotFoundError as error:
        raise DemoFault(f"{command[0]} is not installed; `make setup` installs it.") from error
    except subprocess.TimeoutExpired as error:
        raise DemoFault(f"{Path(command[0]).name} was not done after {_SECONDS} s.") from error


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no reason was given"])[-1]


def _shorten(source: str) -> str:
    """Return a source as one says it: an address without its token and signature."""
    return source.partition("?")[0].rsplit("/", 1)[-1]
