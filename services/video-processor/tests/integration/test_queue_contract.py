"""The fake queue and SQS as served by MiniStack behave alike."""

import json
import os
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiobotocore.session import get_session

from video_processor.adapters.queue import SqsTaskQueue, build_sqs_config
from video_processor.ports import TaskQueue
from video_processor.testing.queue import MemoryQueue

Send = Callable[[str], Any]


@pytest.fixture(params=["memory", pytest.param("sqs", marks=pytest.mark.integration)])
async def queue_and_send(request: pytest.FixtureRequest) -> AsyncIterator[tuple[TaskQueue, Send]]:
    if request.param == "memory":
        memory = MemoryQueue(visibility_seconds=15, wait_seconds=0.2)

        async def send_to_memory(task_id: str) -> None:
            memory.send(task_id)

        yield memory, send_to_memory
        return
    access = request.getfixturevalue("ministack")
    url = request.getfixturevalue("task_queue").queue_url
    async with get_session().create_client(
        "sqs",
        region_name=access.region,
        endpoint_url=access.endpoint_url,
        aws_access_key_id=access.access_key_id,
        aws_secret_access_key=access.secret_access_key,
        config=build_sqs_config(),
    ) as client:

        async def send_to_sqs(task_id: str) -> None:
            body = json.dumps({"task_id": task_id, "dispatch": 1}) if task_id else "no task"
            await client.send_message(
                QueueUrl=url,
                MessageBody=body,
                MessageGroupId=task_id or "-",
                MessageDeduplicationId=os.urandom(8).hex(),
            )

        yield SqsTaskQueue(client, queue_url=url, wait_seconds=1), send_to_sqs


async def test_a_message_is_received_once_and_hidden(queue_and_send: Any) -> None:
    queue, send = queue_and_send
    await send("task-1")
    received = await queue.receive()
    assert received is not None
    assert (received.message.task_id, received.message.dispatch, received.receive_count) == ("task-1", 1, 1)
    assert await queue.receive() is None


async def test_an_empty_queue_gives_none(queue_and_send: Any) -> None:
    queue, _ = queue_and_send
    assert await queue.receive() is None


async def test_release_makes_the_message_visible_at_once_and_counts_it_again(queue_and_send: Any) -> None:
    queue, send = queue_and_send
    await send("task-1")
    first = await queue.receive()
    await queue.set_visibility(first.receipt_handle, seconds=0)
    second = await queue.receive()
    assert second is not None
    assert (second.message.task_id, second.receive_count) == ("task-1", 2)


async def test_a_deleted_message_does_not_come_back(queue_and_send: Any) -> None:
    queue, send = queue_and_send
    await send("task-1")
    received = await queue.receive()
    await queue.delete(received.receipt_handle)
    await queue.set_visibility(received.receipt_handle, seconds=0)  # stale by now: ignored
    assert await queue.receive() is None


async def test_one_task_does_not_wait_for_another(queue_and_send: Any) -> None:
    queue, send = queue_and_send
    await send("task-1")
    await send("task-2")
    first, second = await queue.receive(), await queue.receive()
    assert [first.message.task_id, second.message.task_id] == ["task-1", "task-2"]


@pytest.mark.integration
@pytest.mark.parametrize("queue_and_send", ["sqs"], indirect=True)
async def test_a_message_that_is_no_task_is_left_alone(queue_and_send: Any) -> None:
    queue, send = queue_and_send
    await send("")
    assert await queue.receive() is None
