"""The settings reach what the processor works with."""

from contextlib import AsyncExitStack
from typing import Any

import pytest

from video_processor.adapters.ffmpeg import LIGHT_NICENESS, NICENESS
from video_processor.machine import SLOT_CPUS, Threads
from video_processor.main import _build_worker
from video_processor.metrics import Metrics
from video_processor.settings import Settings
from video_processor.worker import Worker


async def build_worker(scratch: Any, *, threads: Threads, has_light: bool = False, **values: Any) -> Worker:
    settings = Settings(
        sqs_queue_url="http://127.0.0.1:9/q.fifo",
        aws_region="eu-central-1",
        service_tokens="t" * 32,
        **values,
    )
    async with AsyncExitStack() as stack:
        return await _build_worker(
            stack,
            settings,
            scratch=scratch,
            metrics=Metrics(),
            slots=1,
            threads=threads,
            has_light=has_light,
        )


@pytest.mark.parametrize("seconds", [0, 24])
async def test_the_length_of_chunks_is_a_setting(scratch: Any, seconds: int) -> None:
    worker = await build_worker(scratch, threads=Threads(1, 1), chunk_seconds=seconds)
    assert worker._tools.chunk_seconds == seconds


def find_niceness(tools: Any) -> int:
    niceness: int = tools.ffmpeg._limits.niceness
    return niceness


async def test_light_work_goes_before_the_chunks_of_films(scratch: Any) -> None:
    """By the scheduler alone; it keeps the other limits."""
    worker = await build_worker(scratch, threads=Threads(8, 8), has_light=True, ffmpeg_wall_seconds=77)
    assert worker._light_slot_tools is not None
    assert find_niceness(worker._tools) == NICENESS
    assert find_niceness(worker._light_tools) == find_niceness(worker._light_slot_tools) == LIGHT_NICENESS
    assert LIGHT_NICENESS < NICENESS
    light_limits = worker._light_slot_tools.ffmpeg._limits  # type: ignore[attr-defined]
    assert light_limits.wall_seconds == 77


async def test_only_the_light_slot_is_held_to_the_threads_of_its_memory(scratch: Any) -> None:
    worker = await build_worker(scratch, threads=Threads(8, 8), has_light=True)
    assert worker._light_slot_tools is not None
    assert worker._light_slot_tools.threads == Threads(SLOT_CPUS, SLOT_CPUS)
    assert worker._light_tools.threads == worker._tools.threads == Threads(8, 8)


async def test_without_the_memory_for_it_there_is_no_light_slot(scratch: Any) -> None:
    worker = await build_worker(scratch, threads=Threads(1, 1))
    assert worker._light_slot_tools is None
