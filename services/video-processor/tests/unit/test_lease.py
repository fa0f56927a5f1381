"""The lease is renewed while work goes on, and the work ends when another processor may have the
lease."""

import asyncio

import pytest

from video_processor.errors import LeaseLost
from video_processor.lease import FENCE_SECONDS, Lease
from video_processor.testing.job_api import LEASE_SECONDS, MemoryJobApi, MemoryTask
from video_processor.testing.queue import MemoryQueue
from videoforge.messages import PrepareInput, SourceRef, TaskMessage

SOURCE = SourceRef(s3_key="users/u/uploads/x/source.mp4", etag="e", size_bytes=1)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class RecordingQueue(MemoryQueue):
    def __init__(self) -> None:
        super().__init__()
        self.visibilities: list[int] = []

    async def set_visibility(self, receipt_handle: str, *, seconds: int) -> None:
        self.visibilities.append(seconds)
        await super().set_visibility(receipt_handle, seconds=seconds)


class World:
    def __init__(self) -> None:
        self.api, self.queue, self.clock = MemoryJobApi(), RecordingQueue(), Clock()
        self.was_cancelled = False

    async def claim(self, *, lease_seconds: int = LEASE_SECONDS) -> tuple[Lease, MemoryTask]:
        task = self.api.add_task(PrepareInput(source=SOURCE, output_formats=["480p"]))
        grant = await self.api.claim(TaskMessage(task_id=task.task_id, dispatch=1), claim_id="c" * 32)
        grant = grant.model_copy(update={"lease_seconds": lease_seconds})
        lease = Lease(
            grant,
            api=self.api,
            queue=self.queue,
            receipt_handle="handle",
            claimed_at=self.clock.now,
            clock=self.clock,
            renew_every_seconds=0.01,
            retry_every_seconds=0.005,
        )
        return lease, task

    async def work(self, *, seconds: float) -> str:
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            self.was_cancelled = True
            raise
        return "done"


async def test_the_lease_is_renewed_and_the_message_hidden_while_work_goes_on() -> None:
    world = World()
    lease, task = await world.claim()
    assert await lease.hold(world.work(seconds=0.1)) == "done"
    assert task.heartbeats >= 3
    assert set(world.queue.visibilities) == {LEASE_SECONDS + 5}, "soon after the lease, never before its end"
    assert len(world.queue.visibilities) >= task.heartbeats


async def test_work_ends_when_the_lease_is_another_s() -> None:
    world = World()
    lease, task = await world.claim()
    world.api.take_lease_away(task.task_id)
    with pytest.raises(LeaseLost):
        await asyncio.wait_for(lease.hold(world.work(seconds=60)), 5)
    assert world.was_cancelled


async def test_work_ends_by_itself_when_job_service_is_silent_for_too_long() -> None:
    world = World()
    lease, _ = await world.claim()
    world.api.is_down = True
    holding = asyncio.create_task(lease.hold(world.work(seconds=60)))
    await asyncio.sleep(0.05)
    assert not holding.done()  # a short silence is borne
    world.clock.now = FENCE_SECONDS
    with pytest.raises(LeaseLost):
        await asyncio.wait_for(holding, 5)
    assert world.was_cancelled


async def test_a_machine_that_wakes_up_too_late_sends_nothing_more() -> None:
    world = World()
    lease, task = await world.claim()
    world.clock.now = FENCE_SECONDS + 1
    with pytest.raises(LeaseLost):
        lease.check()
    with pytest.raises(LeaseLost):
        await asyncio.wait_for(lease.hold(world.work(seconds=60)), 5)
    assert task.heartbeats == 0


async def test_finished_work_is_reported_for_as_long_as_job_service_is_silent() -> None:
    world = World()
    lease, _ = await world.claim()
    world.api.is_down = True
    lease.finish_work()
    world.clock.now = 10 * FENCE_SECONDS
    assert await lease.hold(world.work(seconds=0.05)) == "done"


async def test_a_renewal_that_crosses_the_accepted_result_ends_nothing() -> None:
    world = World()
    lease, task = await world.claim()

    async def report() -> str:
        lease.finish_work()
        world.api.take_lease_away(task.task_id)  # the result is accepted, its answer on the way
        return await world.work(seconds=0.1)

    assert await lease.hold(report()) == "done"
    assert not world.was_cancelled


async def test_a_renewal_moves_the_fence() -> None:
    world = World()
    lease, _ = await world.claim()
    world.clock.now = FENCE_SECONDS - 1
    await lease.hold(world.work(seconds=0.05))
    world.clock.now = FENCE_SECONDS + 30
    lease.check()


async def test_work_under_a_short_lease_ends_before_that_lease() -> None:
    world = World()
    lease, _ = await world.claim(lease_seconds=24)
    world.clock.now = 15
    lease.check()
    world.clock.now = 16
    with pytest.raises(LeaseLost):
        lease.check()


async def test_the_error_of_the_work_comes_through() -> None:
    world = World()
    lease, _ = await world.claim()

    async def fail() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        await lease.hold(fail())


async def test_the_grant_is_confirmed_at_once() -> None:
    world = World()
    lease, task = await world.claim()
    lease._renew_every_seconds = 60
    assert await lease.hold(world.work(seconds=0.05)) == "done"
    assert task.heartbeats == 1


async def test_a_confirmation_that_is_not_answered_is_sent_again_soon() -> None:
    world = World()
    lease, task = await world.claim()
    lease._renew_every_seconds = 60
    world.api.is_down = True
    holding = asyncio.create_task(lease.hold(world.work(seconds=0.2)))
    await asyncio.sleep(0.05)
    world.api.is_down = False
    assert await holding == "done"
    assert task.heartbeats == 1
