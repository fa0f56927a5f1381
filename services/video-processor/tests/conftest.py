"""Tools of a processor, with the real ffmpeg or with fakes, and a way to run a whole job with
them."""

import subprocess
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest

from video_processor.adapters.ffmpeg import FfmpegLimits, SandboxedFfmpeg
from video_processor.adapters.media_inspector import SandboxedInspector
from video_processor.lease import Lease
from video_processor.machine import Threads
from video_processor.metrics import Metrics
from video_processor.ports import ObjectStore
from video_processor.reporting import ReportLimits
from video_processor.scratch import Scratch
from video_processor.self_check import SelfCheck
from video_processor.task_runner import TaskRun
from video_processor.testing.job_api import MemoryJobApi
from video_processor.testing.media import MemoryFfmpeg, MemoryInspector
from video_processor.testing.object_store import MemoryObjectStore
from video_processor.testing.queue import MemoryQueue
from video_processor.use_cases.context import Tools
from video_processor.worker import Worker
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


@dataclass
class FinishedJob:
    prepared: PrepareResult
    encoded: EncodeResult
    assembled: AssembleResult


@pytest.fixture
def find_sample() -> Callable[[str], Path]:
    """Return the path of a sample clip; the test is skipped if the samples are not on this
    machine."""

    def find(name: str) -> Path:
        path = MEDIA / name
        if not path.exists():
            pytest.skip("the sample media are not here")
        return path

    return find


@pytest.fixture
def make_clip(tmp_path: Path) -> Callable[..., Path]:
    """Run ffmpeg with these options and a file of this name as its output."""

    def make(name: str, *options: str) -> Path:
        target = tmp_path / name
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *options, "-y", str(target)]
        subprocess.run(command, check=True)
        return target

    return make


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Scratch]:
    scratch = Scratch(tmp_path / "scratch")
    yield scratch
    scratch.close()


@pytest.fixture
def real_tools(scratch: Scratch) -> Callable[..., Tools]:
    """Return a function that makes Tools with the real ffmpeg and ffprobe."""

    def build(*, store: ObjectStore, api: MemoryJobApi, chunk_seconds: int = 0) -> Tools:
        ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
        limits = FfmpegLimits(address_space_bytes=8 << 30, wall_seconds=300, stall_seconds=60)
        return Tools(
            api=api,
            store=store,
            ffmpeg=SandboxedFfmpeg(ffmpeg, limits=limits),
            inspector=SandboxedInspector(ffprobe="ffprobe", ffmpeg=ffmpeg),
            scratch=scratch,
            threads=Threads(per_chunk=2, per_film=2),
            parallelism=4,
            chunk_seconds=chunk_seconds,
        )

    return build


async def find_programs() -> None:
    """All programs start."""


@dataclass
class FakeWorld:
    """Everything around a processor, in memory."""

    api: MemoryJobApi
    store: MemoryObjectStore
    queue: MemoryQueue
    ffmpeg: MemoryFfmpeg
    inspector: MemoryInspector
    tools: Tools
    source: SourceRef

    def build_worker(
        self,
        *,
        drain_grace_seconds: float = 0,
        check_programs: Any = find_programs,
        has_light_slot: bool = False,
        **limits: float,
    ) -> Worker:
        """Return a worker of one slot; `limits` are those of reporting."""
        metrics = Metrics()
        self_check = SelfCheck(
            api=self.api,
            store=self.store,
            scratch=self.tools.scratch,  # type: ignore[arg-type]
            check_programs=check_programs,
            metrics=metrics,
        )
        return Worker(
            queue=self.queue,
            tools=self.tools,
            light_slot_tools=replace(self.tools, ffmpeg=MemoryFfmpeg()) if has_light_slot else None,
            self_check=self_check,
            metrics=metrics,
            slots=1,
            drain_grace_seconds=drain_grace_seconds,
            report_limits=ReportLimits(**limits),
        )


@pytest.fixture
def world(scratch: Scratch) -> FakeWorld:
    api, store, queue = MemoryJobApi(), MemoryObjectStore(), MemoryQueue()
    ffmpeg, inspector = MemoryFfmpeg(), MemoryInspector()
    tools = Tools(
        api=api,
        store=store,
        ffmpeg=ffmpeg,
        inspector=inspector,
        scratch=scratch,
        threads=Threads(per_chunk=1, per_film=1),
        parallelism=2,
        chunk_seconds=24,
    )
    source = store.put_source("users/u/uploads/x/source.mp4", b"source")
    return FakeWorld(api, store, queue, ffmpeg, inspector, tools, source)


@pytest.fixture
def run_task() -> Callable[[Tools, TaskInput], Awaitable[TaskResult]]:
    """Return a function that claims and runs one task without a queue, under a lease that was last
    renewed `silent_seconds` ago."""

    async def run(
        tools: Tools,
        task_input: TaskInput,
        *,
        job_id: str = "job-1",
        silent_seconds: float = 0,
        report_every_seconds: float = 2,
    ) -> TaskResult:
        api = tools.api
        assert isinstance(api, MemoryJobApi)
        task = api.add_task(task_input, job_id=job_id)
        task.report_every_seconds = report_every_seconds
        grant = await api.claim(TaskMessage(task_id=task.task_id, dispatch=1), claim_id="c" * 32)
        lease = Lease(
            grant,
            api=api,
            queue=MemoryQueue(),
            receipt_handle="-",
            claimed_at=0,
            clock=lambda: silent_seconds,
        )
        return await TaskRun(grant, lease=lease, tools=tools).run()

    return run


@pytest.fixture
def run_job(run_task: Callable[..., Awaitable[TaskResult]]) -> Callable[..., Awaitable[FinishedJob]]:
    """Return a function that takes a source through all three tasks."""

    async def run(tools: Tools, source: SourceRef, *, formats: Sequence[str]) -> FinishedJob:
        prepared = await run_task(tools, PrepareInput(source=source, output_formats=list(formats)))
        assert isinstance(prepared, PrepareResult)
        plan = prepared.plan
        encoded = await run_task(tools, EncodeInput(source=source, plan=plan, chunk=plan.chunks[0]))
        assert isinstance(encoded, EncodeResult)
        assembled = await run_task(tools, AssembleInput(source=source, plan=plan, encoded=[encoded]))
        assert isinstance(assembled, AssembleResult)
        return FinishedJob(prepared, encoded, assembled)

    return run
