"""How long an attempt waits for an unavailable store, and that it shows the wait."""

from typing import Any

import pytest

from video_processor.domain.progress import TaskProgress
from video_processor.errors import LeaseLost, StoreAway, StoreFailed
from video_processor.use_cases.store_retry import StoreRetry
from videoforge.problems import Code

AWAY = StoreAway(Code.store_unavailable, "The store does not answer.")


class World:
    """A clock that advances with each sleep, and a store that is unavailable until `back_at`."""

    def __init__(self) -> None:
        self.now, self.back_at = 0.0, float("inf")
        self.progress = TaskProgress(phase="encoding")
        self.shown: list[Any] = []
        self.store_retry = StoreRetry(clock=lambda: self.now, sleep=self.sleep)

    async def sleep(self, seconds: float) -> None:
        self.shown.append(self.progress.waiting_for)
        self.now += seconds

    async def call(self) -> str:
        if self.now < self.back_at:
            raise AWAY
        return "stored"

    async def call_store(self, check_lease: Any = lambda: None) -> str:
        return await self.store_retry.call(self.call, progress=self.progress, check_lease=check_lease)


@pytest.mark.parametrize(("worked", "waits"), [(0, 10), (5, 10), (100, 100), (599, 599), (7200, 600)])
async def test_it_waits_as_long_as_it_has_worked(worked: float, waits: float) -> None:
    world = World()
    world.now = worked
    with pytest.raises(StoreAway):
        await world.call_store()
    assert waits <= world.now - worked < waits + 5


async def test_what_came_back_in_time_costs_nothing_and_shows_while_it_lasts() -> None:
    world = World()
    world.now, world.back_at = 100, 190
    assert await world.call_store() == "stored"
    assert set(world.shown) == {"store"}
    assert world.progress.waiting_for is None


async def test_the_next_outage_has_a_limit_of_its_own() -> None:
    world = World()
    world.now, world.back_at = 100, 190
    await world.call_store()
    world.back_at = 190 + 150
    assert await world.call_store() == "stored"


async def test_a_lease_that_is_lost_ends_the_wait() -> None:
    def lose() -> None:
        raise LeaseLost("another's")

    with pytest.raises(LeaseLost):
        await World().call_store(lose)


async def test_a_refusal_is_no_outage() -> None:
    async def refuse() -> None:
        raise StoreFailed(Code.store_refused, "No.")

    world = World()
    with pytest.raises(StoreFailed):
        await world.store_retry.call(refuse, progress=world.progress, check_lease=lambda: None)
    assert world.shown == []
