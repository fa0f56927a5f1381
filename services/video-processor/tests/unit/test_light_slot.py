"""A clip is done beside a long task, without a message; and when it is not."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from video_processor.light_slot import LightShare, LightSlot
from video_processor.testing.job_api import MemoryTask
from videoforge.messages import EncodeInput, Plan, PrepareInput


@pytest.fixture
async def start_film(world: Any, run_task: Any) -> Callable[..., Any]:
    """Return a function that starts a worker, and returns once its only slot encodes and ffmpeg
    stands still."""
    prepared = await run_task(world.tools, PrepareInput(source=world.source, output_formats=["480p"]))
    plan: Plan = prepared.plan

    async def start(worker: Any, *, is_light: bool = False) -> tuple[MemoryTask, asyncio.Task[None]]:
        film = world.api.add_task(
            EncodeInput(source=world.source, plan=plan, chunk=plan.chunks[0]),
            job_id="film",
            is_light=is_light,
        )
        world.ffmpeg.may_go_on.clear()
        world.queue.send(film.task_id)
        running = asyncio.create_task(worker.run())
        await world.ffmpeg.has_begun.wait()
        return film, running

    return start


def add_step(world: Any, name: str = "clip") -> MemoryTask:
    task: MemoryTask = world.api.add_task(
        PrepareInput(source=world.source, output_formats=["480p"]), job_id=name, is_light=True
    )
    return task


async def stop(worker: Any, running: "asyncio.Task[None]") -> None:
    worker.stop.set()
    await asyncio.wait_for(running, 10)


async def wait_for(task: MemoryTask, *, seconds: float) -> bool:
    for _ in range(int(seconds / 0.01)):
        if task.status == "completed":
            return True
        await asyncio.sleep(0.01)
    return False


async def test_a_clip_is_done_beside_a_long_task_within_five_seconds(world: Any, start_film: Any) -> None:
    """The answer to a report that changes nothing has to say so too: a film may stand still."""
    worker = world.build_worker(has_light_slot=True)
    film, running = await start_film(worker)
    await asyncio.sleep(1.5)  # its last report is sent
    first, second = add_step(world), add_step(world)
    assert await wait_for(first, seconds=5)
    assert await wait_for(second, seconds=0.5), "the next step follows at once"
    assert (film.status, world.queue.count()) == ("leased", 1)
    await stop(worker, running)
    assert [failure.kind for failure in film.failures] == ["interruption"]


async def test_without_the_slot_it_waits(world: Any, start_film: Any) -> None:
    worker = world.build_worker(has_light_slot=False)
    _, running = await start_film(worker)
    clip = add_step(world)
    assert not await wait_for(clip, seconds=4)
    await stop(worker, running)


async def test_it_encodes_with_tools_of_its_own(world: Any, start_film: Any) -> None:
    worker = world.build_worker(has_light_slot=True)
    film, running = await start_film(worker)
    clip = world.api.add_task(film.input, job_id="clip", is_light=True)
    assert await wait_for(clip, seconds=5)
    assert (film.status, world.ffmpeg.may_go_on.is_set()) == ("leased", False)
    await stop(worker, running)


async def test_a_shutdown_gives_its_task_back(world: Any, start_film: Any) -> None:
    worker = world.build_worker(has_light_slot=True)
    worker._light_slot_tools.ffmpeg.may_go_on.clear()
    film, running = await start_film(worker)
    clip = world.api.add_task(film.input, job_id="clip", is_light=True)
    await asyncio.wait_for(worker._light_slot_tools.ffmpeg.has_begun.wait(), 5)
    await stop(worker, running)
    assert [failure.kind for failure in clip.failures] == ["interruption"]
    assert worker._light_slot_tools.ffmpeg.was_ended


async def test_light_work_waits_for_light_work(world: Any, start_film: Any) -> None:
    worker = world.build_worker(has_light_slot=True)
    _, running = await start_film(worker, is_light=True)
    clip = add_step(world)
    assert not await wait_for(clip, seconds=4)
    await stop(worker, running)


async def test_it_asks_only_when_told_and_not_all_the_time() -> None:
    asked = 0

    async def do_next() -> bool:
        nonlocal asked
        asked += 1
        return False

    ends = asyncio.Event()
    slot = LightSlot(do_next, stop=ends, pause_seconds=0.05)
    running = asyncio.create_task(slot.run())
    await asyncio.sleep(0.1)
    assert asked == 0, "nobody said that there is work"
    began = time.monotonic()
    for _ in range(20):
        slot.wake()
        await asyncio.sleep(0.01)
    assert 2 <= asked <= 1 + (time.monotonic() - began) / 0.05, "it pauses after nothing was found"
    ends.set()
    await asyncio.wait_for(running, 1)


def test_the_slot_rests_as_long_as_it_works_after_the_first_minute() -> None:
    share = LightShare()
    share.note_work(began_at=1000, ended_at=1050)
    assert share.find_rest_seconds(1050) == 0
    share.note_work(began_at=1050, ended_at=1080)
    assert share.find_rest_seconds(1080) == 20
    share.note_work(began_at=1100, ended_at=1130)
    assert share.find_rest_seconds(1130) == 30
    assert share.find_rest_seconds(1160) == 0
    share.note_work(began_at=1250, ended_at=1300)
    assert share.find_rest_seconds(1300) == 0, "the pause has made up for everything"
