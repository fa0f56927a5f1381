"""ffprobe and ffmpeg in the place of a player: read a URL, decode all of it, say what was there.

The URLs are our own stack's, so no sandbox is needed here.
"""

import json
import subprocess
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import imageio_ffmpeg

from demo.errors import DemoError

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
    """Return the FFmpeg from the Python environment, the same one that the processors use."""
    path: str = imageio_ffmpeg.get_ffmpeg_exe()
    return path


def list_streams(source: str) -> list[dict[str, Any]]:
    """Return ffprobe's streams of a file or URL."""
    streams: list[dict[str, Any]] = _probe(source)["streams"]
    return streams


def inspect(source: str) -> Media:
    """Return what a file or URL holds. Raises DemoError if ffprobe cannot read it."""
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
    """Decode the streams from start to end and return the frame count of the first. Raises DemoError for any
    error, even one that ffmpeg only logs."""
    maps = [word for stream in streams for word in ("-map", stream)]
    report = ("-v", "error", "-xerror", "-progress", "pipe:1")
    # passthrough: each frame counts once; none is dropped or duplicated to even out the rate
    target = ("-fps_mode", "passthrough", "-f", "null", "-")
    done = _run([find_ffmpeg(), "-nostdin", *report, "-i", source, *maps, *target])
    if done.returncode != 0 or done.stderr.strip():
        raise DemoError(f"{_shorten(source)} does not decode: {_last_line(done.stderr)}")
    frames = [line.partition("=")[2] for line in done.stdout.splitlines() if line.startswith("frame=")]
    return int(frames[-1]) if frames else 0


def make(arguments: list[str], *, target: Path, seconds: float = _SECONDS) -> None:
    """Run ffmpeg with these arguments to write a file, for so long at most. Raises DemoError."""
    done = _run([find_ffmpeg(), "-nostdin", "-v", "error", "-y", *arguments, str(target)], seconds=seconds)
    if done.returncode != 0:
        raise DemoError(f"ffmpeg could not make {target.name}: {_last_line(done.stderr)}")


def _probe(source: str) -> dict[str, Any]:
    done = _run(["ffprobe", "-v", "error", "-of", "json", "-show_format", "-show_streams", source])
    if done.returncode != 0:
        raise DemoError(f"{_shorten(source)} cannot be read: {_last_line(done.stderr)}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _run(command: list[str], *, seconds: float = _SECONDS) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=seconds, check=False
        )
    except FileNotFoundError as error:
        raise DemoError(f"{command[0]} is not installed; `make setup` installs it.") from error
    except subprocess.TimeoutExpired as error:
        raise DemoError(f"{Path(command[0]).name} was not done after {seconds:g} s.") from error


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no reason was given"])[-1]


def _shorten(source: str) -> str:
    """Return the short name of a source: its URL without the token and the signature."""
    return source.partition("?")[0].rsplit("/", 1)[-1]
