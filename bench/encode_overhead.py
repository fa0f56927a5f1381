"""Measure the overhead of the pipeline: `python -m bench.encode_overhead [--seconds 60] [--runs
3]`.

Both sides alternate with the same encodes of the same source. Bare ffmpeg is what one would run
without a pipeline: one process with the processor's own encode of the picture, the sound encoded to
the same AAC without our filters, from a local file to local files, at the processor's priority. The
pipeline is all three tasks of a job with the sandbox, progress, leases and publish gate, against
its own object store (rclone on local disk), including download, probes, thumbnail, storyboard,
uploads, MP4s and playlists. Prints wall and CPU seconds of each pair, of each task, and the ratio
of the medians. Exits 1 if the wall ratio of a run of 60 s or more exceeds LIMIT_RATIO; shorter runs
are only for a first impression, since the fixed cost of a job weighs more in them.
"""

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import boto3
import imageio_ffmpeg
from aiobotocore.session import get_session

from infra.local.processes.infrastructure import build_store
from infra.local.provisioning.generated_secrets import AWS_ACCESS_KEY_ID, StackSecrets
from tests.servers.processes import run_process
from video_processor.adapters.ffmpeg import NICENESS, FfmpegLimits, SandboxedFfmpeg
from video_processor.adapters.ffmpeg_args import build_encode_arguments, build_sound_arguments
from video_processor.adapters.media_inspector import SandboxedInspector
from video_processor.adapters.object_store import S3ObjectStore, build_s3_config
from video_processor.domain.encode_job import EncodeJob
from video_processor.lease import Lease, read_boot_clock
from video_processor.machine import choose_threads, read_machine
from video_processor.scratch import Scratch
from video_processor.task_runner import TaskRun
from video_processor.testing.job_api import MemoryJobApi
from video_processor.testing.queue import MemoryQueue
from video_processor.use_cases.context import Tools
from videoforge.logs import configure_logs
from videoforge.messages import (
    AssembleInput,
    EncodeInput,
    EncodeResult,
    Plan,
    PrepareInput,
    PrepareResult,
    SourceRef,
    TaskInput,
    TaskMessage,
    TaskResult,
)
from videoforge_media.ffprobe import probe_file

LIMIT_RATIO: Final = 1.03
SAMPLE: Final = Path(__file__).resolve().parents[1] / "samples" / "bigbuckbunny.mp4"
FORMATS: Final = ["720p", "480p"]
TASKS: Final = ("prepare", "encode", "assemble")
_BUCKET: Final = "bench"
_FFMPEG: Final = imageio_ffmpeg.get_ffmpeg_exe()


@dataclass(frozen=True)
class Cost:
    wall_seconds: float
    cpu_seconds: float


@contextmanager
def measure(costs: list[Cost]) -> Iterator[None]:
    """Add the cost of the block: its time, and the CPU time of this process and of the children
    that ended in it."""
    started, before = time.monotonic(), os.times()
    yield
    after = os.times()
    cpu = sum(after[:4]) - sum(before[:4])
    costs.append(Cost(time.monotonic() - started, cpu))


def make_source(folder: Path, *, seconds: float) -> Path:
    """Return the sample repeated to this length, with continuous time stamps."""
    target = folder / "source.mp4"
    loop = ["-stream_loop", "-1", "-i", str(SAMPLE), "-t", f"{seconds:g}", "-vf", "fps=25"]
    encode = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "18", "-g", "50", "-c:a", "aac", "-ac", "2"]
    subprocess.run([_FFMPEG, "-v", "error", *loop, *encode, "-y", str(target)], check=True)
    return target


@contextmanager
def run_store(folder: Path) -> Iterator[dict[str, Any]]:
    """Serve an empty bucket and yield the arguments of a client for it."""
    keys = StackSecrets()
    (folder / "store" / _BUCKET).mkdir(parents=True)
    with run_process(lambda settings: build_store(settings, secrets=keys), state_dir=folder) as process:
        yield {
            "region_name": "us-east-1",
            "endpoint_url": f"http://127.0.0.1:{process.spec.ports[0].number}",
            "aws_access_key_id": AWS_ACCESS_KEY_ID,
            "aws_secret_access_key": keys.aws_secret_access_key,
        }


def put_source(client_arguments: dict[str, Any], path: Path, *, key: str) -> SourceRef:
    client = boto3.client("s3", **client_arguments)
    client.upload_file(str(path), _BUCKET, key)
    head = client.head_object(Bucket=_BUCKET, Key=key)
    return SourceRef(s3_key=key, etag=head["ETag"], size_bytes=head["ContentLength"])


async def run_task(tools: Tools, task_input: TaskInput) -> TaskResult:
    """Claim and run one task, with progress reports as in production."""
    api = tools.api
    if not isinstance(api, MemoryJobApi):
        raise TypeError("the bench brings its own job-service")
    task = api.add_task(task_input, job_id=os.urandom(4).hex())
    grant = await api.claim(TaskMessage(task_id=task.task_id, dispatch=1), claim_id=task.task_id)
    clock = read_boot_clock()
    lease = Lease(grant, api=api, queue=MemoryQueue(), receipt_handle="-", claimed_at=clock)
    return await lease.hold(TaskRun(grant, lease=lease, tools=tools).run())


async def run_pipeline(tools: Tools, source: SourceRef, *, costs: dict[str, list[Cost]]) -> Plan:
    """Run the three tasks, and add the cost of each to its list."""
    with measure(costs["prepare"]):
        prepared = await run_task(tools, PrepareInput(source=source, output_formats=FORMATS))
    if not isinstance(prepared, PrepareResult):
        raise TypeError(prepared.kind)
    plan = prepared.plan
    with measure(costs["encode"]):
        encoded = await run_task(tools, EncodeInput(source=source, plan=plan, chunk=plan.chunks[0]))
    if not isinstance(encoded, EncodeResult):
        raise TypeError(encoded.kind)
    with measure(costs["assemble"]):
        await run_task(tools, AssembleInput(source=source, plan=plan, encoded=[encoded]))
    return plan


def build_bare_command(plan: Plan, path: Path, *, folder: Path, threads: int) -> list[str]:
    """Return the same encodes in one process, the sound with only what AAC needs."""
    target = Path(tempfile.mkdtemp(dir=folder))
    for name in [*FORMATS, "audio"]:
        (target / name).mkdir()
    job = EncodeJob(
        source=path, target=target, probe=probe_file(path), plan=plan, chunk=plan.chunks[0], threads=threads
    )
    sound = build_sound_arguments(job)
    arguments = [
        *build_encode_arguments(job),
        *("-map", f"0:{plan.audio_stream}", "-ac", "2", "-ar", "48000"),
        *sound[sound.index("-c:a") :],  # the output options of the processor's second process
    ]
    return ["nice", "-n", str(NICENESS), _FFMPEG, *arguments]


def run_bare(command: list[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={})


async def compare(folder: Path, *, seconds: float, runs: int) -> dict[str, list[Cost]]:
    """Return the costs of bare ffmpeg, of the pipeline and of each of its tasks, in alternating
    runs."""
    path = make_source(folder, seconds=seconds)
    threads = choose_threads(read_machine(), slots=1, has_light=True)
    costs: dict[str, list[Cost]] = {name: [] for name in ("bare ffmpeg", "pipeline", *TASKS)}
    scratch = Scratch(folder / "scratch")
    with run_store(folder / "state") as client_arguments:
        source = put_source(client_arguments, path, key="users/bench/uploads/0/source.mp4")
        async with get_session().create_client(
            "s3", **client_arguments, config=build_s3_config(has_endpoint=True)
        ) as client:
            limits = FfmpegLimits(address_space_bytes=8 << 30, wall_seconds=3600, stall_seconds=120)
            tools = Tools(
                api=MemoryJobApi(),
                store=S3ObjectStore(client, bucket=_BUCKET, parallelism=4),
                ffmpeg=SandboxedFfmpeg(_FFMPEG, limits=limits),
                inspector=SandboxedInspector(ffprobe="ffprobe", ffmpeg=_FFMPEG),
                scratch=scratch,
                threads=threads,
                parallelism=4,
                chunk_seconds=0,  # as bare ffmpeg does it
            )
            for _ in range(runs):
                with measure(costs["pipeline"]):
                    plan = await run_pipeline(tools, source, costs=costs)
                command = build_bare_command(plan, path, folder=folder, threads=threads.per_film)
                with measure(costs["bare ffmpeg"]):
                    await asyncio.to_thread(run_bare, command)
    scratch.close()
    return costs


def find_medians(costs: list[Cost]) -> Cost:
    return Cost(
        statistics.median(cost.wall_seconds for cost in costs),
        statistics.median(cost.cpu_seconds for cost in costs),
    )


def main() -> int:
    parser = argparse.ArgumentParser(description="What the pipeline adds to bare ffmpeg.")
    parser.add_argument("--seconds", type=float, default=12, help="length of the source")
    parser.add_argument("--runs", type=int, default=2, help="pairs of runs")
    options = parser.parse_args()
    configure_logs("bench", level="WARNING")
    with tempfile.TemporaryDirectory() as folder:
        costs = asyncio.run(compare(Path(folder), seconds=options.seconds, runs=options.runs))
    for name, found in costs.items():
        each = "   ".join(f"{cost.wall_seconds:7.2f} s, CPU {cost.cpu_seconds:7.2f} s" for cost in found)
        print(f"{name:12}{each}")
    whole, bare = (find_medians(costs[name]) for name in ("pipeline", "bare ffmpeg"))
    wall_ratio = whole.wall_seconds / bare.wall_seconds
    cpu_ratio = whole.cpu_seconds / bare.cpu_seconds
    print(f"{options.seconds:g} s source: wall × {wall_ratio:.3f}, CPU × {cpu_ratio:.3f}")
    return 1 if options.seconds >= 60 and wall_ratio > LIMIT_RATIO else 0


if __name__ == "__main__":
    sys.exit(main())
