"""The video bytes and the VMAF of an encode, measured the same way for everything that makes one.

VMAF (Netflix's libvmaf, default model, which is for 1080p) compares both pictures scaled to
1920×1080, every fifth frame.
"""

import json
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from demo.media_tools import find_ffmpeg, list_streams

_SAMPLE_EVERY: Final = 5
_SECONDS: Final = 3 * 3600


@dataclass(frozen=True)
class Quality:
    """Bytes of the picture, without sound and container."""

    height: int
    video_bytes: int
    vmaf: float


def measure_quality(encode: str, *, source: Path) -> Quality:
    """Measure a file or playlist. Raises CalledProcessError, DemoError if it cannot be decoded."""
    video = next(stream for stream in list_streams(encode) if stream["codec_type"] == "video")
    return Quality(int(video["height"]), _count_video_bytes(encode), _measure_vmaf(encode, source))


def _count_video_bytes(encode: str) -> int:
    command = ["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "packet=size"]
    done = subprocess.run(
        [*command, "-of", "csv=p=0", encode], capture_output=True, text=True, check=True, timeout=_SECONDS
    )
    return sum(int(line.strip(", ")) for line in done.stdout.split() if line.strip(", "))


def _measure_vmaf(encode: str, source: Path) -> float:
    # Both get the same colour tags: if only one says BT.709, ffmpeg converts the other, and equal
    # pictures lose 4 points.
    tags = "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"
    same = f"{tags},settb=AVTB,setpts=PTS-STARTPTS,scale=1920:1080:flags=bicubic,format=yuv420p"
    with tempfile.TemporaryDirectory() as folder:
        log = f"{folder}/vmaf.json"
        vmaf = f"libvmaf=n_threads=2:n_subsample={_SAMPLE_EVERY}:log_fmt=json:log_path={log}"
        graph = f"[0:v:0]{same}[a];[1:v:0]{same}[b];[a][b]{vmaf}"
        inputs = ["-i", encode, "-i", str(source)]
        subprocess.run(
            [find_ffmpeg(), "-nostdin", "-v", "error", *inputs, "-lavfi", graph, "-f", "null", "-"],
            check=True,
            timeout=_SECONDS,
        )
        pooled = json.loads(Path(log).read_text(encoding="utf-8"))["pooled_metrics"]
    return float(pooled["vmaf"]["mean"])
