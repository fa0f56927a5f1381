"""What happens to a message in every outcome listed in worker.py."""

import asyncio
import errno
import shutil
import time
from collections.abc import Callable
from typing import Any

import pytest

from video_processor import scratch as scratch_module
from video_processor.errors import (
    BadSource,
    EncodeFailed,
    JobApiFaulty,
    JobApiRefused,
    JobApiUnavailable,
)
from video_processor.lease import Lease, read_boot_clock
from video_processor.ports import ReceivedTask
from video_processor.testing.job_api import MemoryTask
from video_processor.worker import Worker
from videoforge.messages import EncodeInput, Plan, PrepareInput, PrepareResult, TaskMessage
from videoforge.problem_codes import Code
from videoforge_media.errors import MediaRejected


@pytest.fixture
def worker(world: Any) -> Worker:
    built: Worker = world.build_worker()
    return built


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


async def test_a_finished_task_is_reported_and_its_message_deleted(
    world: Any, worker: Worker, add_prepare: Any
) -> None:
    task = add_prepare()
    await handle_next(world, worker)
    assert (task.status, world.queue.count()) == ("completed", 0)
    assert task.completion is not None
    assert task.completion.result.kind == "prepare"
    assert list_scratch(world) == []


async def test_progress_is_reported_while_a_task_runs(world: Any, worker: Worker, add_encode: Any) -> None:
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


async def test_a_bad_source_is_reported_and_its_message_deleted(
    world: Any, worker: Worker, add_prepare: Any
) -> None:
    task = add_prepare()
    world.inspector.failure = MediaRejected(Code.not_media, "The file is not a video.")
    await handle_next(world, worker)
    failure = task.failures[0]
    assert (failure.kind, failure.error.code, failure.error.retryable) == ("bad_input", "not_media", False)
    assert (task.status, world.queue.count()) == ("failed", 0)


async def test_a_task_that_waits_for_the_store_leaves_the_way_free_for_the_next_hint(
    world: Any, worker: Worker, add_prepare: Any
) -> None:
    task = add_prepare()
    world.store.is_down = True
    await handle_next(world, worker)
    told = task.failures[0]
    assert (told.kind, told.waiting_for, told.error.code) == ("outage", "store", "store_unavailable")
    assert (task.status, world.queue.count()) == ("pending", 0)


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
    worker = world.build_worker(drain_grace_seconds=30)
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


async def test_no_room_gives_the_task_back_without_a_try_and_leaves_the_next_to_others(
    world: Any, worker: Worker, add_prepare: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = add_prepare()
    monkeypatch.setattr(scratch_module, "_RESERVE_BYTES", 1 << 60)
    await handle_next(world, worker)
    told = task.failures[0]
    assert (told.kind, told.waiting_for, told.error.code) == ("no_room", "room", "scratch_full")
    assert (task.status, world.queue.count()) == ("pending", 0)
    assert [unfit.code for unfit in await worker._self_check.check()] == ["no_room", "scratch_full"]


async def test_a_task_that_is_too_large_for_us_is_hidden_longer_each_time(
    world: Any, worker: Worker, add_prepare: Any
) -> None:
    task = add_prepare()
    task.needs_room = True
    hidden = []
    for count in (1, 4, 40):
        received = ReceivedTask(TaskMessage(task_id=task.task_id, dispatch=1), "handle", receive_count=count)
        world.queue.set_visibility = remember(hidden)
        await worker.handle(received)
    assert [10 * round(seconds / 10) for seconds in hidden][1:] == [20, 60]
    assert 5 <= hidden[0] <= 10
    assert (task.attempt, task.failures) == (0, [])


def remember(hidden: list[int]) -> Any:
    async def set_visibility(receipt_handle: str, *, seconds: int) -> None:
        hidden.append(seconds)

    return set_visibility


@pytest.mark.parametrize(
    ("failure", "kind", "code"),
    [
        (OSError(errno.EMFILE, "Too many open files"), "interruption", "processor_fault"),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), "interruption", "processor_fault"),
        (OSError(errno.EROFS, "Read-only file system"), "interruption", "processor_fault"),
        (FileNotFoundError(errno.ENOENT, "the folder is gone"), "interruption", "processor_fault"),
        (MemoryError(), "interruption", "processor_fault"),
        (OSError(errno.ENOSPC, "No space left on device"), "no_room", "scratch_full"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "no_room", "scratch_full"),
        (ZeroDivisionError(), "failure", "internal_error"),
    ],
)
async def test_what_the_machine_cannot_do_costs_the_task_no_try(
    world: Any, worker: Worker, add_encode: Any, failure: Exception, kind: str, code: str
) -> None:
    task = add_encode()
    world.ffmpeg.failure = failure
    await handle_next(world, worker)
    assert [(told.kind, told.error.code) for told in task.failures] == [(kind, code)]
    assert world.queue.count() == 0


async def test_a_scratch_folder_that_cannot_be_made_gives_the_task_back_at_once(
    world: Any, worker: Worker, add_prepare: Any
) -> None:
    task = add_prepare()
    shutil.rmtree(world.tools.scratch._home)
    await handle_next(world, worker)
    assert [(told.kind, told.error.code) for told in task.failures] == [("interruption", "processor_fault")]


@pytest.mark.parametrize("failure", [EncodeFailed(Code.encode_failed), BadSource(Code.truncated_media)])
async def test_on_a_full_disk_no_word_about_the_video_counts(
    world: Any, worker: Worker, add_encode: Any, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    task = add_encode()
    world.ffmpeg.failure = failure
    monkeypatch.setattr(scratch_module, "_FULL_BYTES", 1 << 60)
    await handle_next(world, worker)
    assert [(told.kind, told.error.code) for told in task.failures] == [("no_room", "scratch_full")]


async def test_work_whose_folder_is_removed_says_nothing_of_the_video(
    world: Any, worker: Worker, add_encode: Any
) -> None:
    task = add_encode()
    world.ffmpeg.may_go_on.clear()
    handling = asyncio.create_task(handle_next(world, worker))
    await world.ffmpeg.has_begun.wait()
    shutil.rmtree(world.tools.scratch._home)
    world.ffmpeg.failure = EncodeFailed(Code.encode_failed, "ffmpeg found nothing to read")
    world.ffmpeg.may_go_on.set()
    await asyncio.wait_for(handling, 10)
    assert [(told.kind, told.error.code) for told in task.failures] == [("interruption", "processor_fault")]


async def test_a_fault_beside_the_work_gives_the_task_back_at_once(
    world: Any, worker: Worker, add_encode: Any
) -> None:
    """Such as a queue with an unexpected answer when the message is to be hidden."""

    async def break_down(receipt_handle: str, *, seconds: int) -> None:
        raise KeyError("x")

    task = add_encode()
    world.ffmpeg.may_go_on.clear()
    received = await world.queue.receive()
    world.queue.set_visibility = break_down
    await asyncio.wait_for(worker.handle(received), 10)
    assert [(told.kind, told.error.code) for told in task.failures] == [("interruption", "processor_fault")]
    assert world.ffmpeg.was_ended or not world.ffmpeg.has_begun.is_set()


class TestAnEncoderThatHangs:
    async def test_a_cancelled_job_ends_it_within_seconds(
        self, world: Any, worker: Worker, add_encode: Any
    ) -> None:
        """Nothing changes, so only the report that is sent every two seconds brings the answer."""
        task = add_encode()
        world.ffmpeg.may_go_on.clear()
        handling = asyncio.create_task(handle_next(world, worker))
        await world.ffmpeg.has_begun.wait()
        while not task.reports:
            await asyncio.sleep(0.01)
        await asyncio.sleep(1.5)  # the last change has been told
        reports = len(task.reports)
        cancelled_at = time.monotonic()
        world.api.take_lease_away(task.task_id)
        await asyncio.wait_for(handling, 10)
        assert time.monotonic() - cancelled_at < 4
        assert (len(task.reports), world.ffmpeg.was_ended) == (reports, True)


class TestAResultThatIsNotTaken:
    async def test_after_some_minutes_it_is_a_failure_of_ours_and_the_slot_is_free(
        self, world: Any, add_prepare: Any
    ) -> None:
        worker = world.build_worker(faulty_seconds=0.3)
        task = add_prepare()
        world.api.complete = fail_with(JobApiFaulty("complete: 500"))
        await asyncio.wait_for(handle_next(world, worker), 20)
        assert [(told.kind, told.error.code) for told in task.failures] == [("failure", "result_not_taken")]
        assert world.queue.count() == 0

    async def test_what_would_be_refused_again_is_not_sent_again(self, world: Any, add_prepare: Any) -> None:
        worker = world.build_worker()
        task = add_prepare()
        world.api.complete = fail_with(JobApiRefused("422 wrong_result"))
        await asyncio.wait_for(handle_next(world, worker), 20)
        assert [told.error.code for told in task.failures] == ["result_not_taken"]

    async def test_where_that_is_not_taken_either_the_lease_is_let_go(
        self, world: Any, add_prepare: Any
    ) -> None:
        worker = world.build_worker(faulty_seconds=0.1)
        task = add_prepare()
        world.api.complete = world.api.fail = fail_with(JobApiFaulty("500"))
        await asyncio.wait_for(handle_next(world, worker), 20)
        assert (task.status, world.queue.count()) == ("leased", 1), "it comes back with the lease's end"

    async def test_a_job_service_that_does_not_answer_is_waited_for_longer(
        self, world: Any, add_encode: Any
    ) -> None:
        worker = world.build_worker(faulty_seconds=0.01)
        task = add_encode()
        world.ffmpeg.may_go_on.clear()
        handling = asyncio.create_task(handle_next(world, worker))
        await world.ffmpeg.has_begun.wait()
        world.api.is_down = True
        world.ffmpeg.may_go_on.set()
        await asyncio.sleep(2)
        assert not handling.done()
        world.api.is_down = False
        await asyncio.wait_for(handling, 30)
        assert task.status == "completed"

    async def test_a_shutdown_does_not_wait_for_it(self, world: Any, add_prepare: Any) -> None:
        worker = world.build_worker(draining_seconds=0.2)
        add_prepare()
        world.api.complete = world.api.fail = fail_with(JobApiUnavailable("down"))
        handling = asyncio.create_task(handle_next(world, worker))
        await asyncio.sleep(0.2)
        worker.stop.set()
        await asyncio.wait_for(handling, 20)


def fail_with(error: Exception) -> Any:
    async def fail(*args: Any, **kwargs: Any) -> None:
        raise error

    return fail


async def test_an_attempt_that_job_service_was_silent_through_is_given_back_and_is_no_crash(
    world: Any, worker: Worker, add_encode: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = add_encode()
    world.ffmpeg.may_go_on.clear()
    monkeypatch.setattr("video_processor.lease.FENCE_SECONDS", 0.3)
    monkeypatch.setattr(Lease.__init__, "__kwdefaults__", {**SHORT, "clock": read_boot_clock})
    handling = asyncio.create_task(handle_next(world, worker))
    await world.ffmpeg.has_begun.wait()
    world.api.is_down = True
    while not world.ffmpeg.was_ended:
        await asyncio.sleep(0.02)
    assert not handling.done()
    world.api.is_down = False
    await asyncio.wait_for(handling, 20)
    assert [(told.kind, told.waiting_for) for told in task.failures] == [("outage", None)]
    assert world.queue.count() == 0


SHORT = {"renew_every_seconds": 0.1, "retry_every_seconds": 0.05}


class TestAProcessorThatCannotWork:
    async def test_it_takes_nothing_until_it_can(self, world: Any, worker: Worker, add_prepare: Any) -> None:
        task = add_prepare()
        world.store.is_down = True
        running = asyncio.create_task(worker.run())
        await asyncio.sleep(0.3)
        assert (task.attempt, world.api.reports) == (0, [(["store_unavailable"], "store")])
        is_healthy, detail = worker._metrics.check_health()
        assert (is_healthy, detail["takes_no_tasks"]) == (False, ["store_unavailable"])
        world.store.is_down = False
        while task.status != "completed":
            await asyncio.sleep(0.02)
        assert world.api.reports[-1] == ([], None)
        assert worker._metrics.check_health()[0]
        worker.stop.set()
        await asyncio.wait_for(running, 5)

    async def test_while_job_service_does_not_answer_no_message_is_received(
        self, world: Any, worker: Worker, add_prepare: Any
    ) -> None:
        """Each delivery would count, and the thirtieth makes it a dead letter."""
        add_prepare()
        world.api.is_down = True
        running = asyncio.create_task(worker.run())
        await asyncio.sleep(0.5)
        (queued,) = world.queue._messages
        assert queued.receive_count == 0
        worker.stop.set()
        await asyncio.wait_for(running, 5)

    async def test_a_scratch_folder_that_a_cleaner_removed_is_created_again(
        self, world: Any, worker: Worker, add_prepare: Any
    ) -> None:
        shutil.rmtree(world.tools.scratch._root)
        task = add_prepare()
        running = asyncio.create_task(worker.run())
        while task.status != "completed":
            await asyncio.sleep(0.02)
        assert task.failures == []
        worker.stop.set()
        await asyncio.wait_for(running, 5)
