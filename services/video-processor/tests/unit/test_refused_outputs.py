"""What the publish gate finds ends assemble. Each case is detected by one check alone; all others
pass it."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from video_processor.errors import OutputRefused
from video_processor.testing.media import build_probe
from videoforge.messages import (
    AssembleInput,
    EncodedTrack,
    EncodeInput,
    EncodeResult,
    PrepareInput,
    PrepareResult,
    Segment,
    TaskResult,
)

RunTask = Callable[..., Awaitable[TaskResult]]
FOLDER = "videos/output/job-1/1"


@pytest.fixture
async def task(world: Any, run_task: RunTask) -> AssembleInput:
    """The input of assemble for a good video of 20 s in segments of 6, 6, 6 and 2 s."""
    prepared = await run_task(world.tools, PrepareInput(source=world.source, output_formats=["720p", "480p"]))
    assert isinstance(prepared, PrepareResult)
    plan = prepared.plan
    encoded = await run_task(world.tools, EncodeInput(source=world.source, plan=plan, chunk=plan.chunks[0]))
    assert isinstance(encoded, EncodeResult)
    world.inspector.probes |= {
        "480p": build_probe(width=854, height=480),
        "720p": build_probe(width=1280, height=720),
    }
    return AssembleInput(source=world.source, plan=plan, encoded=[encoded])


def change_lowest(task: AssembleInput, change: Callable[[list[Segment]], list[Segment]]) -> AssembleInput:
    """Return the task with other segments of 480p, whose stored objects stay unchanged."""
    (encoded,) = task.encoded
    lowest, *others = encoded.renditions
    changed: EncodedTrack = lowest.model_copy(update={"segments": change(lowest.segments)})
    return task.model_copy(
        update={"encoded": [encoded.model_copy(update={"renditions": [changed, *others]})]}
    )


def stretch(segment: Segment, *, seconds: float) -> Segment:
    return segment.model_copy(update={"duration_seconds": segment.duration_seconds + seconds})


async def test_an_output_that_all_checks_let_pass_is_finished(
    world: Any, run_task: RunTask, task: AssembleInput
) -> None:
    assert (await run_task(world.tools, task)).kind == "assemble"


@pytest.mark.parametrize("name", ["480p.mp4", "720p/index.m3u8", "audio/index.m3u8"])
@pytest.mark.parametrize("is_there", [True, False])
async def test_an_output_that_the_store_has_in_another_size_is_refused(
    world: Any,
    run_task: RunTask,
    task: AssembleInput,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    is_there: bool,
) -> None:
    find_size = world.store.find_size

    async def find_less(key: str) -> int | None:
        size: int = await find_size(key)
        if key != f"{FOLDER}/{name}":
            return size
        return size - 1 if is_there else None

    monkeypatch.setattr(world.store, "find_size", find_less)
    with pytest.raises(OutputRefused, match=rf"output_incomplete.*{name}: \d+ bytes were stored"):
        await run_task(world.tools, task)


async def test_an_mp4_of_another_length_than_its_segments_is_refused(
    world: Any, run_task: RunTask, task: AssembleInput
) -> None:
    longer = change_lowest(task, lambda segments: [stretch(segments[0], seconds=6), *segments[1:]])
    with pytest.raises(OutputRefused, match=r"480p lasts 20\.000 s, wanted 26\.000 s"):
        await run_task(world.tools, longer)


async def test_renditions_that_are_cut_differently_are_refused(
    world: Any, run_task: RunTask, task: AssembleInput
) -> None:
    """The length is right, but a player would get out of sync when it switches the rendition."""
    other = change_lowest(task, lambda segments: [*segments[:2], stretch(segments[2], seconds=2)])
    with pytest.raises(OutputRefused, match="the renditions differ in their number of segments"):
        await run_task(world.tools, other)
    assert f"{FOLDER}/480p.mp4" not in world.store.objects
