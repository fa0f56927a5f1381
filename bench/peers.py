"""Compare VideoForge with other ways to the same ladder: `python -m bench.peers`.

Each makes the same rungs of the same two sources (60 s of 1080p, 20 s of 4K), one after the other:

- one ffmpeg for each rung, as many scripts do it, with VideoForge's encoder settings;
- one bare ffmpeg with VideoForge's own filter graph and outputs: what the encode itself costs;
- python-ffmpeg-video-streaming and shaka-streamer from PyPI, installed into a temporary
  environment, with the same bitrates and otherwise their own defaults;
- VideoForge through its API, on a stack of two processors, from the request for the job to its
  publication, with thumbnail, storyboard, checks and MP4s, which the others do not make.

Prints wall and CPU seconds, the seconds until something plays, and for each rung the bytes and the
VMAF of the picture; ratios are to one ffmpeg for each rung. What does not install or run is listed
with the reason. Nothing has a target: the table is for docs/performance.md.
"""

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench.encode_overhead import Cost, measure
from bench.films import find_film
from bench.peer_programs import (
    PEER_PACKAGES,
    build_bare_commands,
    build_rung_commands,
    build_shaka_commands,
    build_streaming_commands,
    list_rungs,
)
from bench.quality import Quality, measure_quality
from bench.whole_jobs import run_stack, sign_up, time_job
from demo.errors import DemoError
from infra.local.settings import TOOLS
from videoforge.messages import Rung

_PEERS: Final[dict[str, Callable[[Path, Path, Sequence[Rung], Path], list[list[str]]]]] = {
    "one ffmpeg for each rung": build_rung_commands,
    "one bare ffmpeg, same graph": build_bare_commands,
    "python-ffmpeg-video-streaming": build_streaming_commands,
    "shaka-streamer": build_shaka_commands,
}
_SECONDS: Final = 4 * 3600


@dataclass(frozen=True)
class Result:
    """`playable_seconds` is None if nothing was playable; `fault` says why there is no result."""

    name: str
    cost: Cost | None = None
    playable_seconds: float | None = None
    qualities: list[Quality] = field(default_factory=list)
    fault: str = ""


class FolderWatch(threading.Thread):
    """Notes when a folder first holds something that plays: a playlist that lists a segment, or a
    whole MP4, which is one that a finished command wrote."""

    def __init__(self, folder: Path) -> None:
        super().__init__(daemon=True)
        self._folder, self._began, self._stop_it = folder, time.monotonic(), threading.Event()
        self.seconds: float | None = None

    def run(self) -> None:
        while self.seconds is None and not self._stop_it.wait(0.1):
            if any("#EXTINF" in path.read_text() for path in self._folder.rglob("*.m3u8")):
                self.note()

    def note(self) -> None:
        if self.seconds is None:
            self.seconds = time.monotonic() - self._began

    def end(self) -> None:
        self._stop_it.set()
        self.join()


def install_peers(folder: Path) -> str:
    """Install the peers and return why that failed; empty if it did not."""
    uv = str(TOOLS / "uv")
    for command in (
        [uv, "venv", "-q", str(folder)],
        [uv, "pip", "install", "-q", "--python", str(folder / "bin" / "python"), *PEER_PACKAGES],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            return (done.stderr.strip().splitlines() or ["no reason was given"])[-1]
    return ""


def run_peer(name: str, *, source: Path, rungs: Sequence[Rung], programs: Path) -> Result:
    with tempfile.TemporaryDirectory(prefix="peer-") as folder:
        target = Path(folder)
        commands = _PEERS[name](source, target, rungs, programs)
        watch, costs = FolderWatch(target), list[Cost]()
        watch.start()
        try:
            with measure(costs):
                for command in commands:
                    subprocess.run(command, check=True, capture_output=True, timeout=_SECONDS, cwd=target)
                    watch.note()
        except (subprocess.SubprocessError, OSError) as error:
            said = getattr(error, "stderr", b"") or b""
            return Result(name, fault=f"{type(error).__name__}: {said.decode(errors='replace')[-200:]}")
        finally:
            watch.end()
        encodes = list_encodes(target, rungs)
        qualities = [measure_quality(str(path), source=source) for path in encodes]
        return Result(name, costs[0], watch.seconds, qualities)


def list_encodes(folder: Path, rungs: Sequence[Rung]) -> list[Path]:
    """Return one file or playlist with a picture for each rung, by the height in its name."""
    found = []
    for rung in rungs:
        named = [path for path in folder.rglob("*") if f"{rung.height}p" in str(path.relative_to(folder))]
        playable = [path for path in named if path.suffix in {".m3u8", ".mp4"} and path.name != "init.mp4"]
        found.append(min(playable, key=lambda path: (path.suffix != ".m3u8", len(path.name))))
    return found


def run_videoforge(source: Path, rungs: Sequence[Rung]) -> Result:
    name = "VideoForge"
    try:
        with run_stack(processors=2) as stack, sign_up(stack.settings.origin) as client:
            cost = time_job(
                client,
                source,
                formats=[rung.format for rung in rungs],
                read_cpu_seconds=stack.read_cpu_seconds,
            )
            stream = client.get(f"stream/{cost.video_id}")
            urls = [client.build_url(rendition["mp4_url"]) for rendition in stream["renditions"]]
            qualities = [measure_quality(url, source=source) for url in urls]
    except DemoError as error:
        return Result(name, fault=str(error))
    return Result(name, Cost(cost.wall_seconds, cost.cpu_seconds), cost.playable_seconds, qualities)


def show(results: Sequence[Result]) -> None:
    """Print a table in Markdown; ratios are to the first result."""
    print("| | wall | CPU | plays after | MB and VMAF of each rung |\n|---|---|---|---|---|")
    for result in results:
        if result.cost is None:
            print(f"| {result.name} | did not run: {result.fault} | | | |")
            continue
        first = results[0].cost or result.cost
        wall, cpu = result.cost.wall_seconds, result.cost.cpu_seconds
        rungs = ", ".join(
            f"{found.height}p {found.video_bytes / 1e6:.1f} / {found.vmaf:.1f}"
            for found in sorted(result.qualities, key=lambda found: found.height)
        )
        plays = "–" if result.playable_seconds is None else f"{result.playable_seconds:.1f} s"
        ratios = f"× {wall / first.wall_seconds:.2f}", f"× {cpu / first.cpu_seconds:.2f}"
        print(f"| {result.name} | {wall:.1f} s, {ratios[0]} | {cpu:.1f} s, {ratios[1]} | {plays} | {rungs} |")


def main() -> int:
    parser = argparse.ArgumentParser(description="VideoForge compared with other ways to the same ladder.")
    parser.add_argument("--seconds", type=float, default=60, help="length of the 1080p source")
    parser.add_argument("--seconds-4k", type=float, default=20, help="length of the 4K source; 0: without")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="peers-") as folder:
        programs = Path(folder) / "programs"
        if fault := install_peers(programs):
            print(f"The peers could not be installed: {fault}", flush=True)
        for height, seconds in ((1080, options.seconds), (2160, options.seconds_4k)):
            if not seconds:
                continue
            source = find_film(height=height, seconds=seconds)
            rungs = list_rungs(source)
            print(f"\n{seconds:g} s of {height}p, {source.stat().st_size / 1e6:.0f} MB\n", flush=True)
            results = [run_peer(name, source=source, rungs=rungs, programs=programs) for name in _PEERS]
            show([*results, run_videoforge(source, rungs)])
    return 0


if __name__ == "__main__":
    sys.exit(main())
