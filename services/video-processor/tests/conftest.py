"""A processor's tools with real ffmpeg and fakes for the rest, and a way to run a whole job with them."""

import subprocess
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg
import pytest

from video_processor.adapters.ffmpeg import CagedFfmpeg, FfmpegLimits
from video_processor.adapters.media_inspector import CagedInspector
from video_processor.adapters.scratch import Scratch
from video_processor.lease import Lease
from video_processor.ports import ObjectStore
from video_processor.task_runner import TaskRun, Tools
from video_processor.testing import MemoryJobApi, MemoryObjectStore, MemoryQueue
from videoforge.messages import (
    AssembleInput,
    AssembleResult,
    EncodeInput,
    EncodeResult,
    PrepareInput,
    PrepareResult,
    SourceRef,
    TaskInput,
    TaskMessage,
    TaskResult,
)

MEDIA = Path(__file__).parents[4] / "shared" / "media"


def find_sample(name: str) -> Path:
    """Return the path of a sample clip, or skip the test where the samples are not on this machine."""
    path = MEDIA / name
    if not path.exists():
        pytest.skip("the sample media are not here")
    return path


@dataclass
class FinishedJob:
    prepared: PrepareResult
    encoded: EncodeResult
    assembled: AssembleResult
    api: MemoryJobApi


@pytest.fixture
def scratch(tmp_path: Path) -> Scratch:
    return Scratch(tmp_path / "scratch")


@pytest.fixture
def build_tools(scratch: Scratch) -> Callable[..., Tools]:
    """Return a function that makes Tools with the real ffmpeg."""

    def build(*, store: ObjectStore, api: MemoryJobApi, stall_seconds: float = 60) -> Tools:
        ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
        limits = FfmpegLimits(address_space_bytes=8 << 30, wall_seconds=300, stall_seconds=stall_seconds)
        return Tools(
            api=api,
            store=store,
            ffmpeg=CagedFfmpeg(ffmpeg, limits=limits),
            inspector=CagedInspector(ffprobe="ffprobe", ffmpeg=ffmpeg),
            scratch=scratch,
            threads=2,
            parallelism=4,
        )

    return build


async def run_task(tools: Tools, api: MemoryJobApi, task_input: TaskInput, *, job_id: str) -> TaskResult:
    """Claim and run one task, without a queue."""
    task = api.add_task(task_input, job_id=job_id)
    grant = await api.claim(TaskMessage(task_id=task.task_id, dispatch=1))
    lease = Lease(grant, api=api, queue=MemoryQueue(), receipt_handle="-", claimed_at=0, clock=lambda: 0)
    return await TaskRun(grant, lease=lease, tools=tools).run()


@pytest.fixture
def run_job(build_tools: Callable[..., Tools]) -> Callable[..., Awaitable[FinishedJob]]:
    """Return a function that takes a source through all three tasks."""

    async def run(
        store: ObjectStore, source: SourceRef, *, formats: Sequence[str], job_id: str = "job-1"
    ) -> FinishedJob:
        api = MemoryJobApi()
        tools = build_tools(store=store, api=api)
        prepared = await run_task(
            tools, api, PrepareInput(source=source, output_formats=list(formats)), job_id=job_id
        )
        assert isinstance(prepared, PrepareResult)
        plan = prepared.plan
        encoded = await run_task(
            tools, api, EncodeInput(source=source, plan=plan, chunk=plan.chunks[0]), job_id=job_id
        )
        assert isinstance(encoded, EncodeResult)
        assembled = await run_task(
            tools, api, AssembleInput(source=source, plan=plan, encoded=[encoded]), job_id=job_id
        )
        assert isinstance(assembled, AssembleResult)
        return FinishedJob(prepared, encoded, assembled, api)

    return run


def make_clip(target: Path, *options: str) -> Path:
    """Run ffmpeg with these options and `target` as its output."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *options, "-y", str(target)]
    subprocess.run(command, check=True)
    return target


@pytest.fixture
def memory_store() -> MemoryObjectStore:
    return MemoryObjectStore()
