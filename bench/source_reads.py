"""Measure how much of a source the tasks of a job read: `python -m bench.source_reads`.

A film of eight minutes (H.264 with a key picture every two seconds, 2 Mbit/s) in several containers
is prepared and cut into 21 chunks, which four processors take in turn; the one that prepared it
takes the sound. Everything is real but the store, which counts, and the encodes, whose ffmpeg would
not read more: tests/integration/test_sources_in_parts.py compares what it makes. Prints the bytes
read in multiples of the source. Exits 1 if a source without sound, or with its sound in pieces of a
second, is read more than LIMIT_RATIO times.
"""

import asyncio
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Final

import imageio_ffmpeg

from bench.encode_overhead import run_task
from video_processor.adapters.media_inspector import SandboxedInspector
from video_processor.machine import Threads
from video_processor.scratch import Scratch
from video_processor.testing.job_api import MemoryJobApi
from video_processor.testing.media import MemoryFfmpeg
from video_processor.testing.object_store import MemoryObjectStore
from video_processor.use_cases.context import Tools
from videoforge.logs import configure_logs
from videoforge.messages import AudioInput, EncodeInput, PrepareInput, PrepareResult

LIMIT_RATIO: Final = 1.3
_PROCESSORS: Final = 4
_FFMPEG: Final = imageio_ffmpeg.get_ffmpeg_exe()
_PICTURE: Final = "testsrc2=s=640x360:r=25:d=24,noise=alls=10:allf=t"
_FILM: Final = (
    *("-f", "lavfi", "-i", _PICTURE, "-f", "lavfi", "-i", "sine=f=440:d=24"),
    *("-c:v", "libx264", "-preset", "ultrafast", "-bf", "3", "-g", "50", "-b:v", "2M", "-maxrate", "2M"),
    *("-bufsize", "2M", "-c:a", "aac"),
)
#: as fast as it gets: a call's settings
_VP9: Final = ("-deadline", "realtime", "-cpu-used", "8", "-b:v", "1M", "-g", "50", "-s", "320x180")


@dataclass(frozen=True)
class Case:
    """A container, how the sound is stored in it, and whether the limit applies."""

    name: str
    suffix: str
    options: tuple[str, ...] = ()
    is_limited: bool = False


_CASES: Final = (
    Case("MP4 without sound", ".mp4", ("-an",), is_limited=True),
    Case("MP4, a second of sound in one piece", ".mp4", ("-chunk_duration", "1000000"), is_limited=True),
    Case("MP4, sound after every picture", ".mp4"),
    Case("Matroska without sound", ".mkv", ("-an",), is_limited=True),
    Case("Matroska with sound", ".mkv"),
    Case("WebM, VP9 with sound", ".webm", ("-c:v", "libvpx-vp9", *_VP9, "-c:a", "libopus")),
    Case("transport stream with sound", ".ts"),
)


def make_film(folder: Path) -> Path:
    path = folder / "film.mp4"
    subprocess.run([_FFMPEG, "-v", "error", *_FILM, str(path)], check=True)
    return path


def make_source(case: Case, *, film: Path) -> bytes:
    """Return the film 20 times in a row."""
    path = film.with_name(f"source{case.suffix}")
    loop = ("-stream_loop", "19", "-i", str(film), "-c", "copy")
    subprocess.run([_FFMPEG, "-v", "error", *loop, *case.options, "-y", str(path)], check=True)
    return path.read_bytes()


async def read_film(content: bytes, *, folder: Path) -> tuple[float, float, float]:
    """Return what prepare, the sound and all chunks read, in multiples of the source."""
    store = MemoryObjectStore()
    source = store.put_source("users/bench/uploads/0/source", content)
    tools = Tools(
        api=MemoryJobApi(),
        store=store,
        ffmpeg=MemoryFfmpeg(),
        inspector=SandboxedInspector(ffprobe="ffprobe", ffmpeg=_FFMPEG),
        scratch=Scratch(folder / "scratch"),
        threads=Threads(per_chunk=1, per_film=1),
        parallelism=4,
        chunk_seconds=24,
    )
    with ExitStack() as stack:
        processors = [
            replace(tools, scratch=Scratch(folder / f"scratch-{number}")) for number in range(_PROCESSORS)
        ]
        for processor in processors:
            stack.callback(processor.scratch.close)
        read = [0]
        prepared = await run_task(processors[0], PrepareInput(source=source, output_formats=["480p"]))
        if not isinstance(prepared, PrepareResult):
            raise TypeError(prepared.kind)
        plan = prepared.plan
        read.append(store.read_bytes)
        if plan.audio_stream is not None:
            await run_task(processors[0], AudioInput(source=source, plan=plan))
        read.append(store.read_bytes)
        for chunk in plan.chunks:
            task = EncodeInput(source=source, plan=plan, chunk=chunk)
            await run_task(processors[chunk.index % _PROCESSORS], task)
        read.append(store.read_bytes)
    prepare, sound, chunks = ((after - before) / len(content) for before, after in pairwise(read))
    return prepare, sound, chunks


def main() -> int:
    configure_logs("bench", level="ERROR")
    is_over = False
    print(f"{'':38}{'prepare':>9}{'sound':>9}{'chunks':>9}{'in all':>9}")
    with tempfile.TemporaryDirectory() as name:
        film = make_film(Path(name))
        for case in _CASES:
            shares = asyncio.run(read_film(make_source(case, film=film), folder=Path(name)))
            is_over |= case.is_limited and sum(shares) > LIMIT_RATIO
            print(f"{case.name:38}" + "".join(f"{share:9.2f}" for share in (*shares, sum(shares))))
    return 1 if is_over else 0


if __name__ == "__main__":
    sys.exit(main())
