"""A processor finds out that it cannot work before it takes a task, reports it, and continues when
it can."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from video_processor import scratch as scratch_module
from video_processor.adapters.media_inspector import check_programs
from video_processor.errors import ProcessorFault, ScratchFull, StoreAway
from video_processor.metrics import Metrics
from video_processor.scratch import Scratch
from video_processor.self_check import SelfCheck
from video_processor.testing.job_api import MemoryJobApi
from video_processor.testing.object_store import MemoryObjectStore
from videoforge.problem_codes import Code


class World:
    def __init__(self, folder: Path) -> None:
        self.api, self.store, self.metrics = MemoryJobApi(), MemoryObjectStore(), Metrics()
        self.scratch = Scratch(folder)
        self.now = 0.0
        self.programs_checked = self.store_checked = 0
        self.broken_program: str | None = None
        self.check = SelfCheck(
            api=self.api,
            store=self.store,
            scratch=self.scratch,
            check_programs=self.check_programs,
            metrics=self.metrics,
            clock=lambda: self.now,
        )

    async def check_programs(self) -> None:
        self.programs_checked += 1
        if self.broken_program:
            raise ProcessorFault(Code.processor_fault, self.broken_program)

    async def look(self, *, later: float = 10) -> list[str]:
        self.now += later
        return [unfit.code for unfit in await self.check.check()]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path / "scratch")
    yield world
    world.scratch.close()


async def test_what_is_well_is_not_looked_at_again_for_some_seconds(world: World) -> None:
    assert await world.look() == []
    world.store.is_down = True
    assert await world.look(later=4) == []
    assert await world.look(later=2) == ["store_unavailable"]
    world.store.is_down = False
    assert await world.look(later=2) == []


async def test_programs_are_started_seldom_but_at_once_where_one_failed(world: World) -> None:
    for _ in range(20):
        await world.look()
    assert world.programs_checked == 1
    await world.look(later=300)
    assert world.programs_checked == 2
    world.broken_program = "ffmpeg does not start"
    world.check.expire()
    assert await world.look() == await world.look() == ["program_missing"]
    world.broken_program = None
    assert await world.look() == []


async def test_each_reason_is_reported_with_what_jobs_wait_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.store.is_down = True
    assert await world.look() == ["store_unavailable"]
    world.store.is_down = False
    monkeypatch.setattr(scratch_module, "_RESERVE_BYTES", 1 << 60)
    assert await world.look() == ["no_room"]
    monkeypatch.undo()
    assert await world.look() == []
    assert world.api.reports == [(["store_unavailable"], "store"), (["no_room"], "room"), ([], None)]


async def test_who_has_nothing_new_to_say_says_so_every_fifteen_seconds(world: World) -> None:
    for _ in range(12):
        await world.look(later=6)
    assert len(world.api.reports) == 4


async def test_a_job_service_that_does_not_answer_is_a_reason_of_its_own(world: World) -> None:
    world.api.is_down = True
    assert await world.look() == ["job_service_unavailable"]
    assert world.metrics.check_health() == (
        False,
        {**world.metrics.check_health()[1], "takes_no_tasks": ["job_service_unavailable"]},
    )
    world.api.is_down = False
    assert await world.look(later=2) == []
    assert world.metrics.check_health()[0]


async def test_a_store_that_hangs_is_unavailable(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang() -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr("video_processor.self_check._STORE_SECONDS", 0.05)
    monkeypatch.setattr(world.store, "check", hang)
    assert await world.look() == ["store_unavailable"]


async def test_a_store_that_lets_us_in_nowhere_is_named(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse() -> None:
        raise StoreAway(Code.store_access_denied, "No.")

    monkeypatch.setattr(world.store, "check", refuse)
    assert await world.look() == ["store_access_denied"]
    assert world.api.reports == [(["store_access_denied"], "store")]


async def test_setbacks_keep_us_from_the_next_task_longer_each_time_until_one_goes_well(world: World) -> None:
    rests = []
    for _ in range(8):
        world.check.note_setback(ScratchFull(Code.scratch_full, "Full."))
        began = world.now
        while await world.look(later=1):
            pass
        rests.append(world.now - began)
    assert rests == [2, 4, 8, 16, 32, 60, 60, 60]
    world.check.note_success()
    world.check.note_setback(ScratchFull(Code.scratch_full, "Full."))
    assert await world.look(later=1) == ["scratch_full"]
    assert await world.look(later=1) == []


async def test_pauses_between_looks_grow(world: World) -> None:
    world.store.is_down = True
    pauses = []
    for _ in range(6):
        await world.look()
        pauses.append(world.check.pause_seconds)
    assert pauses == [1, 2, 4, 8, 10, 10]


async def test_metrics_show_reasons_and_room(world: World) -> None:
    world.store.is_down = True
    await world.look()
    value = world.metrics.registry.get_sample_value
    assert value("videoforge_processor_unfit", {"reason": "store_unavailable"}) == 1
    room = value("videoforge_processor_room_bytes")
    assert room is not None
    assert room == pytest.approx(world.scratch.measure_room(), rel=0.2)
    world.store.is_down = False
    await world.look()
    assert value("videoforge_processor_unfit", {"reason": "store_unavailable"}) is None


async def test_slots_that_ask_together_look_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[Any] = []

    async def check() -> None:
        looks.append(None)
        await asyncio.sleep(0.01)

    monkeypatch.setattr(world.store, "check", check)
    await asyncio.gather(*(world.check.check() for _ in range(8)))
    assert len(looks) == 1


async def test_a_folder_in_which_nothing_can_be_written_is_a_reason(world: World, tmp_path: Path) -> None:
    world.scratch.close()
    (tmp_path / "scratch").rmdir()
    (tmp_path / "scratch").write_text("a file is in the way")
    assert await world.look() == ["no_room"] or await world.look() == ["scratch_unusable"]


@pytest.mark.integration
async def test_programs_that_start_are_distinguished_from_those_that_do_not(tmp_path: Path) -> None:
    await check_programs("ffprobe")
    for name in ("no-such-program", "true"):
        with pytest.raises(ProcessorFault):
            await check_programs("ffprobe", name)
