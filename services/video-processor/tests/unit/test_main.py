"""The settings reach what the processor works with."""

from contextlib import AsyncExitStack
from typing import Any

import pytest

from video_processor.machine import Threads
from video_processor.main import _build_worker
from video_processor.metrics import Metrics
from video_processor.settings import Settings


@pytest.mark.parametrize("seconds", [0, 24])
async def test_the_length_of_chunks_is_a_setting(scratch: Any, seconds: int) -> None:
    settings = Settings(
        chunk_seconds=seconds,
        sqs_queue_url="http://127.0.0.1:9/q.fifo",
        aws_region="eu-central-1",
        service_tokens="t" * 32,
    )
    async with AsyncExitStack() as stack:
        worker = await _build_worker(
            stack,
            settings,
            scratch=scratch,
            metrics=Metrics(),
            slots=1,
            threads=Threads(per_chunk=1, per_film=1),
            has_light=False,
        )
    assert worker._tools.chunk_seconds == seconds
