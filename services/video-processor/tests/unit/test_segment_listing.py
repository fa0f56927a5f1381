"""Which segments are told to job-service, when, and which are never replaced."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from video_processor.errors import JobApiUnavailable, LeaseLost
from video_processor.testing.job_api import MemoryJobApi, MemoryTask
from video_processor.use_cases import list_segments
from video_processor.use_cases.list_segments import SegmentListing
from videoforge.messages import (
    ClaimGrant,
    EncodedTrack,
    LeaseAnswer,
    PrepareInput,
    Segment,
    SegmentList,
    SourceRef,
    TaskLease,
    TaskMessage,
)

PREFIX = "videos/output/job-1/1/480p/"
INPUT = PrepareInput(source=SourceRef(s3_key="k", etag="e", size_bytes=1), output_formats=["480p"])


class FaultyApi(MemoryJobApi):
    """`fault` is raised: instead of listing, or after it if `is_taken`."""

    def __init__(self) -> None:
        super().__init__()
        self.fault: Exception | None = None
        self.is_taken = False

    async def list_segments(self, lease: TaskLease, segments: SegmentList) -> LeaseAnswer:
        if self.fault and not self.is_taken:
            raise self.fault
        answer = await super().list_segments(lease, segments)
        if self.fault:
            raise self.fault
        return answer


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> FaultyApi:
    monkeypatch.setattr(list_segments, "_REPORT_EVERY_SECONDS", 0.02)
    monkeypatch.setattr(list_segments, "_SETTLE_SECONDS", 0.1)
    return FaultyApi()


async def claim(api: FaultyApi) -> tuple[ClaimGrant, MemoryTask]:
    task = api.add_task(INPUT)
    return await api.claim(TaskMessage(task_id=task.task_id, dispatch=1), claim_id="c" * 32), task


@asynccontextmanager
async def run(listing: SegmentListing) -> AsyncIterator[asyncio.Task[None]]:
    running = asyncio.create_task(listing.run())
    try:
        yield running
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)


def build_segment(number: int, *, attempt: int = 1) -> Segment:
    prefix = PREFIX.replace("/1/", f"/{attempt}/")
    return Segment(key=f"{prefix}{number:05d}.m4s", duration_seconds=6, size_bytes=9)


def build_init(*, attempt: int = 1) -> EncodedTrack:
    key = f"videos/output/job-1/{attempt}/480p/init.mp4"
    return EncodedTrack(format="480p", init_key=key, codecs="avc1.640020", segments=[])


async def test_the_first_segment_is_told_at_once_and_later_ones_together(api: FaultyApi) -> None:
    grant, task = await claim(api)
    listing = SegmentListing(grant, api=api)
    listing.add_init(build_init())
    async with run(listing):
        listing.add("480p", build_segment(0), has_holes=False)
        await until(lambda: task.listed)
        assert task.segment_reports == 1
        for number in (1, 2, 3):
            listing.add("480p", build_segment(number), has_holes=False)
        await until(lambda: len(task.listed["480p"].segments) == 4)
    assert task.segment_reports == 2
    assert task.listed["480p"].init_key == build_init().init_key


async def test_segments_are_told_again_until_they_are_listed(api: FaultyApi) -> None:
    grant, task = await claim(api)
    listing, api.fault = SegmentListing(grant, api=api), JobApiUnavailable("down")
    async with run(listing):
        listing.add("480p", build_segment(0), has_holes=False)
        await until(lambda: listing.find("480p", "00000.m4s"))
        api.fault = None
        await until(lambda: task.listed)


async def test_a_segment_whose_report_has_no_answer_is_not_stored_again(api: FaultyApi) -> None:
    grant, task = await claim(api)
    listing, api.fault, api.is_taken = SegmentListing(grant, api=api), JobApiUnavailable("lost"), True
    listing.add_init(build_init())
    async with run(listing):
        listing.add("480p", build_segment(0), has_holes=False)
        await until(lambda: task.listed)
    listing.start_over()
    assert listing.find("480p", "00000.m4s") == build_segment(0)
    assert listing.find_init("480p") is not None


async def test_what_nobody_was_told_is_stored_again(api: FaultyApi) -> None:
    grant, task = await claim(api)
    listing = SegmentListing(grant, api=api)
    listing.add_init(build_init())
    listing.add("480p", build_segment(0), has_holes=False)
    listing.start_over()
    assert listing.find("480p", "00000.m4s") is None
    assert listing.find_init("480p") is None
    async with run(listing):
        await asyncio.sleep(0.05)
    assert not task.listed


async def test_a_segment_of_an_incomplete_source_is_told_once_a_complaint_would_have_come(
    api: FaultyApi,
) -> None:
    grant, task = await claim(api)
    listing = SegmentListing(grant, api=api)
    async with run(listing):
        listing.add("480p", build_segment(0), has_holes=True)
        await asyncio.sleep(0.05)
        assert not task.listed
        await until(lambda: task.listed)


async def test_a_lost_lease_ends_the_reports(api: FaultyApi) -> None:
    grant, _ = await claim(api)
    listing, api.fault = SegmentListing(grant, api=api), LeaseLost("another has it")
    async with run(listing) as running:
        listing.add("480p", build_segment(0), has_holes=False)
        await until(running.done)
        assert running.exception() is None


async def test_what_an_earlier_attempt_listed_is_kept_and_not_told_as_ones_own(api: FaultyApi) -> None:
    grant, task = await claim(api)
    before = build_init().model_copy(update={"segments": [build_segment(0)]})
    grant = grant.model_copy(update={"listed": [before], "output_prefix": "videos/output/job-1/2/"})
    listing = SegmentListing(grant, api=api)
    assert listing.find("480p", "00000.m4s") == build_segment(0)
    assert listing.find_init("480p") == build_init()
    async with run(listing):
        listing.add("480p", build_segment(1, attempt=2), has_holes=False)
        await until(lambda: task.listed)
    assert task.listed["480p"].init_key is None
