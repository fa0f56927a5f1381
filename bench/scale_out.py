"""Measure how much faster one film is done by more processors: `python -m bench.scale_out`.

One film of 1080p (10 minutes), in 1080p, 720p and 480p, through the API of a stack of its own:

- one processor that has one CPU, then two with one CPU each: the speed-up, and the efficiency,
  which is the speed-up divided by the number of processors;
- on the same two CPUs: the film in one piece with two threads, in chunks with two threads, and in
  chunks of two slots with one thread each; and two processors with one thread each, so that every
  run has two threads;
- one and four processors with half a CPU each, in containers, if a Docker engine answers.

The stack's other processes share these CPUs. Exits 1 if a film of 300 s or more misses a target;
shorter ones are only for a first impression, since the fixed cost of a job weighs more in them.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final
from uuid import uuid4

from bench.films import find_film
from bench.whole_jobs import JobCost, run_stack, sign_up, time_job
from infra.local.settings import REPOSITORY
from tests.compose.containers import ComposeStack, find_compose, is_engine_there, run
from tests.servers.ports import find_free_ports

MIN_EFFICIENCY: Final = 0.9
#: Chunks on two slots of one thread may take as long as one piece with two threads.
MAX_CHUNK_RATIO: Final = 1.0
_FORMATS: Final = ["1080p", "720p", "480p"]
_TARGETS_COUNT_FROM_SECONDS: Final = 300
_CONTAINER_CPUS: Final = 0.5


def time_film(
    name: str, film: Path, *, processors: int, is_pinned: bool = False, **processor_settings: int
) -> JobCost:
    """Run one job on a new stack, and print and return its cost; other keyword arguments are
    settings of the processors, such as `slots=2`."""
    own = {name.upper(): value for name, value in processor_settings.items()}
    with (
        run_stack(processors=processors, is_pinned=is_pinned, processor_settings=own) as stack,
        sign_up(stack.settings.origin) as client,
    ):
        cost = time_job(client, film, formats=_FORMATS, read_cpu_seconds=stack.read_cpu_seconds)
    show(name, cost)
    return cost


def show(name: str, cost: JobCost) -> None:
    print(
        f"  {name:<46} {cost.wall_seconds:8.1f} s, CPU {cost.cpu_seconds:8.1f} s,"
        f" plays after {cost.playable_seconds:6.1f} s",
        flush=True,
    )


def compare_processors(film: Path) -> bool:
    """Return whether two processors with one CPU each are efficient enough."""
    one, two = (
        time_film(
            f"processors of 1 CPU: {processors}",
            film,
            processors=processors,
            is_pinned=True,
            slots=1,
            ffmpeg_threads=1,
        )
        for processors in (1, 2)
    )
    return show_efficiency(one, two, processors=2) >= MIN_EFFICIENCY


def show_efficiency(one: JobCost, many: JobCost, *, processors: int) -> float:
    speed_up = one.wall_seconds / many.wall_seconds
    print(f"  speed-up {speed_up:.2f}, efficiency {speed_up / processors:.3f}", flush=True)
    return speed_up / processors


def compare_chunks(film: Path) -> bool:
    """Return whether chunks on two slots of one thread each take no longer than one piece with two
    threads."""
    whole = time_film("one piece, 2 threads", film, processors=1, slots=1, ffmpeg_threads=2, chunk_seconds=0)
    time_film("chunks, 1 slot of 2 threads", film, processors=1, slots=1, ffmpeg_threads=2)
    split = time_film("chunks, 2 slots of 1 thread", film, processors=1, slots=2, ffmpeg_threads=1)
    time_film("chunks, 2 processors of 1 thread", film, processors=2, slots=1, ffmpeg_threads=1)
    ratio = split.wall_seconds / whole.wall_seconds
    print(f"  two slots compared with one piece: × {ratio:.3f}", flush=True)
    return ratio <= MAX_CHUNK_RATIO


def compare_containers(film: Path) -> bool:
    """Time one and four processors in containers with half a CPU each, for which there is no
    target."""
    if not is_engine_there():
        print("\n  NO DOCKER ENGINE ANSWERS: four processors in containers were NOT measured\n", flush=True)
        return True
    one, four = (time_in_containers(film, processors=processors) for processors in (1, 4))
    show_efficiency(one, four, processors=4)
    return True


def time_in_containers(film: Path, *, processors: int) -> JobCost:
    with tempfile.TemporaryDirectory() as folder:
        env_file, [port] = Path(folder) / "env", find_free_ports(1)
        origin = f"http://localhost:{port}"
        env_file.write_text(
            f"VERSION=bench\nEDGE_PORT={port}\nPUBLIC_URL={origin}\nPROCESSOR_CPUS={_CONTAINER_CPUS}\n"
        )
        run([str(REPOSITORY / "infra/local/containers/make-env.sh"), str(env_file)])
        run([*find_compose(), "--env-file", str(env_file), "build"], seconds=1800)
        stack = ComposeStack(f"bench-{uuid4().hex[:8]}", env_file, origin)
        try:
            stack.up(processors=processors)
            with sign_up(origin) as client:
                cost = time_job(client, film, formats=_FORMATS, read_cpu_seconds=lambda: 0.0)
        finally:
            stack.compose("down", "--volumes")
    show(f"processors of {_CONTAINER_CPUS:g} CPU in containers: {processors}", cost)
    return cost


_COMPARISONS: Final[dict[str, Callable[[Path], bool]]] = {
    "processors": compare_processors,
    "chunks": compare_chunks,
    "containers": compare_containers,
}


def main() -> int:
    parser = argparse.ArgumentParser(description="One film on one processor and on several.")
    parser.add_argument("--seconds", type=float, default=600, help="length of the film")
    parser.add_argument("--only", choices=list(_COMPARISONS), help="make one of the comparisons")
    options = parser.parse_args()
    film = find_film(height=1080, seconds=options.seconds)
    chosen = [options.only] if options.only else list(_COMPARISONS)
    has_met = [_COMPARISONS[name](film) for name in chosen]
    return 0 if all(has_met) or options.seconds < _TARGETS_COUNT_FROM_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
