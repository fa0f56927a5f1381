"""The fake API and the HTTP adapter, which here talks to a small server backed by the fake."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from video_processor.adapters.job_api import HttpJobApi
from video_processor.errors import (
    ClaimRefused,
    JobApiFaulty,
    JobApiRefused,
    JobApiUnavailable,
    LeaseLost,
)
from video_processor.testing.job_api import MemoryJobApi
from video_processor.testing.job_api_server import SERVICE_TOKEN, build_server
from videoforge.messages import (
    AttemptFailure,
    AttemptProgress,
    AttemptResult,
    ClaimGrant,
    EncodedTrack,
    PrepareInput,
    Segment,
    SegmentList,
    SourceRef,
    TaskError,
    TaskLease,
    TaskMessage,
)
from videoforge.messages import EncodeResult as AnyResult
from videoforge.service_tokens import HEADER

SOURCE = SourceRef(s3_key="users/u/uploads/x/source.mp4", etag="e", size_bytes=1)
RESULT = AnyResult(renditions=[], audio=None)
TOKEN = {HEADER: SERVICE_TOKEN}


@pytest.fixture(params=["memory", pytest.param("http", marks=pytest.mark.integration)])
async def apis(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Any, MemoryJobApi]]:
    """The API under test, and the fake behind it, to inspect and to break."""
    memory = MemoryJobApi()
    if request.param == "memory":
        yield memory, memory
        return
    runner = web.AppRunner(build_server(memory))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    async with aiohttp.ClientSession() as session:
        url = f"http://127.0.0.1:{port}"
        yield HttpJobApi(session, url=url, headers=TOKEN, processor_id="processor-1"), memory
    await runner.cleanup()


async def claim(api: Any, memory: MemoryJobApi) -> ClaimGrant:
    task = memory.add_task(PrepareInput(source=SOURCE, output_formats=["480p"]))
    grant: ClaimGrant = await api.claim(TaskMessage(task_id=task.task_id, dispatch=1), claim_id="c" * 32)
    return grant


async def test_a_claim_brings_all_that_the_task_needs(apis: Any) -> None:
    grant = await claim(*apis)
    assert (grant.attempt, grant.input.kind) == (1, "prepare")
    assert grant.output_prefix == "videos/output/job-1/1/"


@pytest.mark.parametrize(
    ("status", "is_over", "wait"), [("completed", True, 0), ("failed", True, 0), ("leased", False, 7)]
)
async def test_a_refusal_says_whether_the_message_can_go(
    apis: Any, status: str, is_over: bool, wait: float
) -> None:
    api, memory = apis
    task = memory.add_task(PrepareInput(source=SOURCE, output_formats=["480p"]))
    task.status = status
    with pytest.raises(ClaimRefused) as refusal:
        await api.claim(TaskMessage(task_id=task.task_id, dispatch=1), claim_id="c" * 32)
    assert (refusal.value.is_over, refusal.value.retry_after_seconds) == (is_over, wait)


async def test_without_a_message_a_light_task_is_granted_and_answers_tell_of_it(apis: Any) -> None:
    api, memory = apis
    held = await claim(api, memory)
    assert not (await api.heartbeat(held)).light_work_waits
    with pytest.raises(ClaimRefused, match="nothing_due"):
        await api.claim(None, claim_id="d" * 32)
    light = memory.add_task(PrepareInput(source=SOURCE, output_formats=["480p"]), is_light=True)
    assert (await api.heartbeat(held)).light_work_waits
    assert (await api.report_progress(held, AttemptProgress(phase="preparing", percent=1))).light_work_waits
    grant = await api.claim(None, claim_id="d" * 32)
    assert (grant.task_id, grant.is_light, held.is_light) == (light.task_id, True, False)


async def test_an_unknown_task_is_over(apis: Any) -> None:
    with pytest.raises(ClaimRefused) as refusal:
        await apis[0].claim(TaskMessage(task_id="unknown", dispatch=1), claim_id="c" * 32)
    assert refusal.value.is_over


async def test_listed_segments_come_with_the_next_grant(apis: Any) -> None:
    api, memory = apis
    grant = await claim(api, memory)
    segment = Segment(key=f"{grant.output_prefix}480p/00000.m4s", duration_seconds=6, size_bytes=9)
    track = EncodedTrack(format="480p", init_key=f"{grant.output_prefix}480p/init.mp4", segments=[segment])
    for _ in range(2):
        await api.list_segments(grant, SegmentList(tracks=[track]))
    memory.tasks[grant.task_id].status = "pending"
    again = await api.claim(TaskMessage(task_id=grant.task_id, dispatch=1), claim_id="d" * 32)
    assert (grant.listed, again.listed) == ([], [track])
    with pytest.raises(LeaseLost):
        await api.list_segments(grant, SegmentList(tracks=[track]))


async def test_all_reports_go_through_while_the_lease_is_held(apis: Any) -> None:
    api, memory = apis
    grant = await claim(api, memory)
    await api.heartbeat(grant)
    report = AttemptProgress(phase="preparing", percent=5)
    await api.report_progress(grant, report)
    await api.complete(grant, AttemptResult(result=RESULT))
    task = memory.tasks[grant.task_id]
    assert (task.heartbeats, task.reports, task.status) == (1, [report], "completed")


async def test_a_failure_is_answered_with_what_comes_next(apis: Any) -> None:
    api, memory = apis
    for is_retryable in (True, False):
        grant = await claim(api, memory)
        error = TaskError(code="x", message="y", retryable=is_retryable)
        failure = AttemptFailure(kind="failure", error=error)
        assert (await api.fail(grant, failure)).will_retry == is_retryable


async def test_nothing_goes_through_after_the_lease_is_lost(apis: Any) -> None:
    api, memory = apis
    grant = await claim(api, memory)
    memory.take_lease_away(grant.task_id)
    error = TaskError(code="x", message="y", retryable=True)
    for call in (
        api.heartbeat(grant),
        api.report_progress(grant, AttemptProgress(phase="encoding", percent=1)),
        api.complete(grant, AttemptResult(result=RESULT)),
        api.fail(grant, AttemptFailure(kind="failure", error=error)),
    ):
        with pytest.raises(LeaseLost):
            await call


async def test_a_processor_reports_what_keeps_it_from_work(apis: Any) -> None:
    api, memory = apis
    await api.report(["store_unavailable"], waiting_for="store")
    await api.report([], waiting_for=None)
    assert memory.reports == [(["store_unavailable"], "store"), ([], None)]
    memory.is_down = True
    with pytest.raises(JobApiUnavailable):
        await api.report([], waiting_for=None)


async def test_a_task_that_is_too_large_is_left_to_others(apis: Any) -> None:
    api, memory = apis
    task = memory.add_task(PrepareInput(source=SOURCE, output_formats=["480p"]))
    task.needs_room = True
    with pytest.raises(ClaimRefused) as refusal:
        await api.claim(TaskMessage(task_id=task.task_id, dispatch=1), claim_id="c" * 32)
    assert (refusal.value.code, refusal.value.is_over) == ("no_room", False)
    assert refusal.value.retry_after_seconds == 5


@pytest.mark.integration
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (503, JobApiUnavailable),
        (502, JobApiUnavailable),
        (429, JobApiUnavailable),
        (401, JobApiUnavailable),
        (500, JobApiFaulty),
        (422, JobApiRefused),
        (413, JobApiRefused),
    ],
)
async def test_an_answer_says_whether_to_go_on_trying(status: int, kind: type[Exception]) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.json_response({"code": "x"}, status=status)

    application = web.Application()
    application.router.add_post("/internal/tasks/{id}/{verb}", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with aiohttp.ClientSession() as session:
        api = HttpJobApi(session, url=url, headers=TOKEN, processor_id="p")
        with pytest.raises(JobApiUnavailable) as failure:
            await api.complete(
                TaskLease(task_id="x", attempt=1, lease_token="t"), AttemptResult(result=RESULT)
            )
    await runner.cleanup()
    assert type(failure.value) is kind


@pytest.mark.integration
async def test_a_claim_and_a_report_state_the_free_space() -> None:
    told: list[Any] = []

    async def answer(request: web.Request) -> web.Response:
        body = await request.json()
        told.append((body["room_bytes"], body.get("held_videos")))
        return web.json_response({"code": "no_room"}, status=409)

    application = web.Application()
    application.router.add_post("/internal/{path:.*}", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with aiohttp.ClientSession() as session:
        api = HttpJobApi(
            session,
            url=url,
            headers=TOKEN,
            processor_id="p",
            measure_room=lambda: 77,
            list_held_videos=lambda: ["v"],
        )
        with pytest.raises(ClaimRefused):
            await api.claim(TaskMessage(task_id="x", dispatch=1), claim_id="c" * 32)
        with pytest.raises(JobApiUnavailable):
            await api.report([], waiting_for=None)
    await runner.cleanup()
    assert told == [(77, ["v"]), (77, None)]


async def test_silence_is_distinguished_from_refusal(apis: Any) -> None:
    api, memory = apis
    grant = await claim(api, memory)
    memory.is_down = True
    with pytest.raises(JobApiUnavailable):
        await api.heartbeat(grant)


@pytest.mark.integration
async def test_a_port_without_a_listener_and_a_wrong_token_are_silence_too() -> None:
    runner = web.AppRunner(build_server(MemoryJobApi()))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with aiohttp.ClientSession() as session:
        api = HttpJobApi(session, url=url, headers={}, processor_id="p")
        with pytest.raises(JobApiUnavailable, match="401"):
            await api.claim(TaskMessage(task_id="x", dispatch=1), claim_id="c" * 32)
        await runner.cleanup()
        await asyncio.sleep(0)
        with pytest.raises(JobApiUnavailable):
            await api.claim(TaskMessage(task_id="x", dispatch=1), claim_id="c" * 32)
