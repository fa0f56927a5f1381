"""A source encoded in chunks beside the same source in one piece."""

import re
import subprocess
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from kit.measure import FFMPEG

from video_processor.adapters.ffmpeg_args import build_encode_arguments
from video_processor.domain.chunks import plan_whole
from video_processor.domain.encode_job import EncodeJob
from videoforge.messages import Plan
from videoforge_media.probe import Probe


@dataclass(frozen=True)
class Packet:
    """Times in ticks of the track."""

    shown_at: int
    decoded_at: int
    lasts: int
    flags: str


def hash_frames(job: EncodeJob) -> list[tuple[int, str]]:
    """Return number and MD5 sum of each frame that reaches the lowest rung's encoder, from the very
    command of the encode up to its first output."""
    arguments = build_encode_arguments(job)
    graph = arguments[: arguments.index("-map")]
    sums = ("-map", "[v0]", "-fps_mode", "passthrough", "-f", "framehash", "-hash", "md5", "-")
    text = subprocess.run([FFMPEG, *graph, *sums], check=True, capture_output=True, text=True).stdout
    lines = [line for line in text.splitlines() if "," in line and not line.startswith("#")]
    rows = [line.split(",") for line in lines if not line.startswith("progress")]
    return [(int(row[2]), row[5].strip()) for row in rows]


def hash_whole(path: Path, *, plan: Plan, probe: Probe) -> list[tuple[int, str]]:
    whole = plan.model_copy(update={"chunks": plan_whole(plan.duration_seconds)})
    return hash_frames(EncodeJob(path, path.parent, probe, whole, whole.chunks[0], threads=1))


def hash_chunks(path: Path, *, plan: Plan, probe: Probe) -> list[list[tuple[int, str]]]:
    jobs = [EncodeJob(path, path.parent, probe, plan, chunk, threads=1) for chunk in plan.chunks]
    return [hash_frames(replace(job)) for job in jobs]


def list_packets(path: Path) -> list[Packet]:
    """Return the video's packets as stored."""
    entries = "packet=pts,dts,duration,flags"
    command = ["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", entries, "-of", "csv=p=0"]
    text = subprocess.run([*command, str(path)], check=True, capture_output=True, text=True).stdout
    rows = [line.split(",") for line in text.splitlines() if line]
    return [Packet(int(row[0]), int(row[1]), int(row[2]), row[3][:1]) for row in rows]


def list_psnr(path: Path, other: Path) -> list[float]:
    """Return the PSNR in dB of each decoded frame of one video against the other's frame with the
    same number; 100 for equal ones."""
    graph = "[0:v]settb=1/1000,setpts=N[a];[1:v]settb=1/1000,setpts=N[b];[a][b]psnr=stats_file=-"
    command = [FFMPEG, "-v", "error", "-i", str(path), "-i", str(other), "-lavfi", graph, "-f", "null", "-"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [min(100.0, float(found)) for found in re.findall(r"psnr_avg:(\S+)", text)]


def list_frames_at_joints(plan: Plan) -> list[int]:
    """Return the numbers of the frames within half a second of a joint, at least one on each side."""
    rate = Fraction(plan.frame_rate)
    joints = [round(chunk.start_seconds * rate) for chunk in plan.chunks[1:]]
    reach = max(1, round(rate / 2))
    return [frame for joint in joints for frame in range(joint - reach, joint + reach)]
