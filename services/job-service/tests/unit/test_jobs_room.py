"""How much disk space a task is expected to need."""

import pytest

from job_service.jobs.room import estimate_needed_bytes
from videoforge.messages import Chunk, Plan, TaskKind

GIB = 1 << 30


def build_plan(*seconds: float) -> Plan:
    chunks = [
        Chunk(index=index, start_seconds=0, duration_seconds=each, first_segment=0)
        for index, each in enumerate(seconds)
    ]
    return Plan(
        ladder=[],
        chunks=chunks,
        duration_seconds=sum(seconds),
        frame_rate="25/1",
        video_stream=0,
        audio_stream=1,
    )


@pytest.mark.parametrize(
    ("kind", "seconds", "expected"),
    [
        ("prepare", (), 200 * GIB),
        ("audio", (10, 90), 200 * GIB),
        ("encode", (100,), 200 * GIB),
        ("encode", (10, 90), 40 * GIB + (128 << 20)),  # its tenth, at twice the bit rate, and the index
        ("encode", (70, 30), 200 * GIB),
    ],
)
def test_a_chunk_needs_room_for_its_part_of_the_source(
    kind: TaskKind, seconds: tuple[float, ...], expected: int
) -> None:
    plan = build_plan(*seconds) if seconds else None
    found = estimate_needed_bytes(kind, source_bytes=100 * GIB, tasks=[], plan=plan, chunk_index=0)
    assert found == expected
