"""A claim is repeated with its own id until there is an answer, and confirmed by a heartbeat at
once."""

import asyncio
from typing import Any

import pytest

from video_processor.claiming import claim_task
from video_processor.errors import JobApiUnavailable
from video_processor.testing.job_api import MemoryJobApi
from videoforge.messages import PrepareInput, SourceRef, TaskMessage

SOURCE = SourceRef(s3_key="users/u/uploads/x/source.mp4", etag="e", size_bytes=1)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


def add_task(api: MemoryJobApi) -> TaskMessage:
    task = api.add_task(PrepareInput(source=SOURCE, output_formats=["480p"]))
    return TaskMessage(task_id=task.task_id, dispatch=1)


async def claim(api: Any, message: TaskMessage, *, stop: asyncio.Event | None = None) -> Any:
    return await claim_task(api, message, clock=Clock(), stop=stop or asyncio.Event(), max_pause_seconds=0.01)


async def test_a_lost_answer_is_asked_for_again_and_brings_the_same_attempt() -> None:
    api = MemoryJobApi()
    api.lost_answers = 1
    message = add_task(api)
    claimed = await claim(api, message)
    assert claimed.grant.attempt == 1
    assert api.tasks[message.task_id].attempt == 1
    assert claimed.asked_at == 2, "the lease that counts began after the try that was answered"


async def test_two_claims_of_a_task_have_ids_of_their_own() -> None:
    api = MemoryJobApi()
    message = add_task(api)
    await claim(api, message)
    first = api.tasks[message.task_id].claim_id
    api.tasks[message.task_id].status = "pending"
    await claim(api, message)
    assert api.tasks[message.task_id].claim_id not in {"", first}


async def test_a_shutdown_ends_the_asking() -> None:
    api, stop = MemoryJobApi(), asyncio.Event()
    api.is_down = True
    asking = asyncio.create_task(claim(api, add_task(api), stop=stop))
    await asyncio.sleep(0.05)
    assert not asking.done()
    stop.set()
    with pytest.raises(JobApiUnavailable):
        await asyncio.wait_for(asking, 2)
