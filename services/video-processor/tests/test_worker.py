"""What becomes of a message in every outcome that worker.py lists."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from video_processor.metrics import Metrics
from video_processor.testing.job_api import MemoryTask
from video_processor.worker import Worker
from videoforge.messages import EncodeInput, Plan, PrepareInput, PrepareResult
from videoforge_media.errors import MediaRejected


@pytest.fixture
def worker(world: Any) -> Worker:
    return Worker(queue=world.queue, tools=world.tools, metrics=Metrics(), slots=1, drain_grace_seconds=0)


@pytest.fixture
def add_prepare(world: Any) -> Callable[[], MemoryTask]:
    def add() -> MemoryTask:
        task = world.api.add_task(PrepareInput(source=world.source, output_formats=["480p"]))
        world.queue.send(task.task_id)
        return task

    return add


@pytest.fixture
async def add_encode(world: Any, run_task: Any) -> Callable[[], MemoryTask]:
    prepared = await run_task(world.tools, PrepareInput(source=world.source, output_formats=["480p"]))
    assert isinstance(prepared, PrepareResult)
    plan: Plan = prepared.plan

    def add() -> MemoryTask:
        task = world.api.add_task(EncodeInput(source=world.source, plan=plan, chunk=plan.chunks[0]))
        world.queue.send(task.task_id)
        return task

    return add


async def handle_next(world: Any, worker: Worker) -> None:
    received = await world.queue.receive()
    assert received is not None
    await worker.handle(received)


def list_scratch(world: Any) -> list[str]:
    home = world.tools.scratch._home
    return [path.name for path in home.iterdir() if path.is_dir()]


async def test_a_finished_task_is_told_and_its_message_deleted(
    world: Any, worker: Worker, add_prepare: Any
) -> None:
    task = add_prepare()
    await handle_next(world, worker)
    assert (task.status, world.queue.count()) == ("completed", 0)
    assert task.completion is not None
    assert task.completion.result.kind == "prepare"
    assert list_scratch(world) == []


async def test_progress_is_told_while_a_task_runs(world: Any, worker: Worker, add_encode: Any) -> None:
    task = add_encode()
    world.ffmpeg.may_go_on.clear()
    handling = asyncio.create_task(handle_next(world, worker))
    await world.ffmpeg.has_begun.wait()
    while len(task.reports) < 2:
        await asyncio.sleep(0.01)
    world.ffmpeg.may_go_on.set()
    await handling
    last = task.reports[-1]
    assert (last.phase, last.speed) == ("encoding", 2.0)
    assert 40 < last.percent < 60
    assert [(r.format, r.progress_percent) for r in last.renditions] == [("480p", 50)]


async def test_a_bad_source_is_told_and_its_message_deleted(
    world: Any, worker: Worker, add_prepare: Any
) -> None:
    task = add_prepare()
    world.inspector.failure = MediaRejected("not_media", "The file is not a video.")
    await handle_next(world, worker)
    failure = task.failures[0]
    assert (failure.kind, failure.error.code, failure.error.retryable) == ("bad_input", "not_media", False)
    assert (task.status, world.queue.count()) == ("failed", 0)


async def test_a_failure_that_is_tried_again_leaves_the_way_free_for_the_next_hint(
    world: Any, worker: Worker, add_prepare: Any
) -> None:
    task = add_prepare()
    world.store.is_down = True
    await handle_next(world, worker)
    assert (task.failures[0].kind, task.status, world.queue.count()) == ("failure", "pending", 0)


async def test_the_message_of_a_task_that_is_over_is_deleted(
    world: Any, worker: Worker, add_prepare: Any
) -> None:
    add_prepare().status = "completed"
    world.queue.send("unknown")
    await handle_next(world, worker)
    await handle_next(world, worker)
    assert world.queue.count() == 0


async def test_the_message_of_a_leased_task_is_left_for_later(
    world: Any, worker: Worker, add_prepare: Any
) -> None:
    task = add_prepare()
    task.status = "leased"
    await handle_next(world, worker)
    assert (task.attempt, world.queue.count()) == (0, 1)
    assert await world.queue.receive() is None


async def test_a_message_is_not_deleted_before_job_service_has_the_result(
    world: Any, worker: Worker, add_encode: Any
) -> None:
    task = add_encode()
    world.ffmpeg.may_go_on.clear()
    handling = asyncio.create_task(handle_next(world, worker))
    await world.ffmpeg.has_begun.wait()
    world.api.is_down = True
    world.ffmpeg.may_go_on.set()
    await asyncio.sleep(0.5)
    assert (world.queue.count(), task.completion, handling.done()) == (1, None, False)
    world.api.is_down = False
    await asyncio.wait_for(handling, 30)
    assert (world.queue.count(), task.status) == (0, "completed")


async def test_a_lost_lease_stops_ffmpeg_and_says_nothing(
    world: Any, worker: Worker, add_encode: Any
) -> None:
    task = add_encode()
    world.ffmpeg.may_go_on.clear()
    handling = asyncio.create_task(handle_next(world, worker))
    await world.ffmpeg.has_begun.wait()
    world.api.take_lease_away(task.task_id)
    await asyncio.wait_for(handling, 10)  # the next progress report learns of it
    assert world.ffmpeg.was_ended
    assert (task.completion, task.failures, world.queue.count()) == (None, [], 1)
    assert list_scratch(world) == []


async def test_a_shutdown_hands_the_task_back_at_once(world: Any, worker: Worker, add_encode: Any) -> None:
    task = add_encode()
    world.ffmpeg.may_go_on.clear()
    handling = asyncio.create_task(handle_next(world, worker))
    await world.ffmpeg.has_begun.wait()
    worker.stop.set()
    await asyncio.wait_for(handling, 5)
    assert world.ffmpeg.was_ended
    assert [failure.kind for failure in task.failures] == ["interruption"]
    assert (await world.queue.receive()) is not None  # visible at once
    assert list_scratch(world) == []


async def test_a_shutdown_waits_for_a_task_that_is_nearly_done(world: Any, add_encode: Any) -> None:
    worker = Worker(queue=world.queue, tools=world.tools, metrics=Metrics(), slots=1, drain_grace_seconds=30)
    task = add_encode()
    world.ffmpeg.may_go_on.clear()
    handling = asyncio.create_task(handle_next(world, worker))
    await world.ffmpeg.has_begun.wait()
    worker.stop.set()
    await asyncio.sleep(0.05)
    world.ffmpeg.may_go_on.set()
    await asyncio.wait_for(handling, 5)
    assert (task.status, world.queue.count()) == ("completed", 0)


async def test_slots_work_until_they_are_told_to_stop_whatever_a_message_brings(
    world: Any, worker: Worker, add_prepare: Any
) -> None:
    first, second = add_prepare(), add_prepare()
    running = asyncio.create_task(worker.run())
    while second.status != "completed":
        await asyncio.sleep(0.01)
    worker.stop.set()
    await asyncio.wait_for(running, 5)
    assert first.status == "completed"


async def test_a_message_that_arrives_after_the_stop_goes_back_unread(
    world: Any, worker: Worker, add_prepare: Any
) -> None:
    task = add_prepare()
    worker.stop.set()
    await handle_next(world, worker)
    assert task.attempt == 0
    assert (await world.queue.receive()) is not None


async def test_a_queue_that_is_down_is_waited_for(world: Any, worker: Worker) -> None:
    world.queue.is_down = True
    running = asyncio.create_task(worker.run())
    await asyncio.sleep(0.05)
    assert not running.done()
    worker.stop.set()
    await asyncio.wait_for(running, 5)
