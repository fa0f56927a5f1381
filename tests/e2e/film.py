"""Films for the stories, and how to compare two."""

import re
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from demo.api_client import ApiClient
from demo.clips import SAMPLE, Clip
from demo.media_tools import decode, find_ffmpeg, inspect, list_streams
from demo.progress import ProgressView
from demo.workflow import create_job, upload_clip, watch_job
from tests.house.repository import ROOT

__all__ = ["SAMPLE", "QuietView", "count_frames", "find_film", "make_video", "measure_ssim", "transcode"]

#: Films that may not be redistributed are beside the checkout, if at all.
_FILMS = ROOT.parent / "shared" / "media"
_SSIM = re.compile(r"SSIM .*All:([\d.]+)")


class QuietView(ProgressView):
    """Shows nothing, and keeps the percentages."""

    def __init__(self) -> None:
        self.percents: list[float] = []

    def show_upload(self, title, *, sent_bytes, size_bytes):
        pass

    def show_job(self, title, *, job):
        self.percents.append(job["progress_percent"])


def find_film(name: str) -> Path:
    """Return a film, or skip the test if it is not available."""
    path = SAMPLE if name == SAMPLE.name else _FILMS / name
    if not path.exists():
        pytest.skip(f"{name} is not beside the checkout")
    return path


def make_video(client: ApiClient, path: Path, **details: Any) -> dict[str, Any]:
    """Upload and confirm a film and return its video."""
    return upload_clip(client, Clip(path.stem, path), view=QuietView(), **details)


def transcode(
    client: ApiClient, video: dict[str, Any], *, formats: list[str], seconds: float = 150
) -> dict[str, Any]:
    """Return the video's completed job, and check that progress never decreased."""
    view = QuietView()
    job = create_job(client, video["id"], formats=formats)
    done = watch_job(client, job["id"], title=video["title"], view=view, seconds=seconds)
    assert view.percents == sorted(view.percents)
    assert view.percents[-1] == 100
    return done


def count_frames(source: Path) -> int:
    """Return the frames that a rendition must have: the first is repeated if the sound starts
    before it."""
    video = next(stream for stream in list_streams(str(source)) if stream["codec_type"] == "video")
    held = float(video["start_time"]) * Fraction(video["avg_frame_rate"])
    return decode(str(source)) + round(held)


def measure_ssim(made: str, source: Path, *, width: int, height: int) -> float:
    """Return the similarity of two films, frame by frame at this size; 1 is equal (SSIM, Wang et
    al., 2004)."""
    rate = inspect(str(source)).frame_rate
    same = f"fps={rate}:start_time=0,scale={width}:{height}:out_range=tv,format=yuv420p,setsar=1"
    graph = f"[0:v]{same}[a];[1:v]{same}[b];[a][b]ssim"
    done = subprocess.run(
        [find_ffmpeg(), "-nostdin", "-i", made, "-i", str(source), "-lavfi", graph, "-f", "null", "-"],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return float(_SSIM.findall(done.stderr)[-1])
