"""The SQS FIFO queue, through aiobotocore. The queue is only a hint; PostgreSQL knows what is to be
done."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import aiohttp
from aiobotocore.config import AioConfig
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

from video_processor.errors import QueueUnavailable
from video_processor.ports import ReceivedTask
from videoforge.logs import get_logger
from videoforge.messages import TaskMessage

if TYPE_CHECKING:
    from types_aiobotocore_sqs.client import SQSClient

log = get_logger("QUEUE")

#: a handle whose visibility timeout has ended, or whose message is gone: the message is no longer
#: ours
_STALE_CODES: Final = {
    "ReceiptHandleIsInvalid",
    "InvalidParameterValue",
    "MessageNotInflight",
    "AWS.SimpleQueueService.MessageNotInflight",
}


def build_sqs_config() -> AioConfig:
    """Return the client's settings: a long poll lasts 20 s, so the read timeout is 30 s."""
    return AioConfig(
        retries={"mode": "standard", "total_max_attempts": 4}, connect_timeout=3, read_timeout=30
    )


class SqsTaskQueue:
    """Implements the TaskQueue port."""

    def __init__(self, client: "SQSClient", *, queue_url: str, wait_seconds: int) -> None:
        self._client = client
        self._queue_url = queue_url
        self._wait_seconds = wait_seconds

    async def receive(self) -> ReceivedTask | None:
        with _translate_errors():
            answer = await self._client.receive_message(
                QueueUrl=self._queue_url,
                MaxNumberOfMessages=1,
                WaitTimeSeconds=self._wait_seconds,
                MessageSystemAttributeNames=["ApproximateReceiveCount"],
            )
        for message in answer.get("Messages", []):
            count = int(message.get("Attributes", {}).get("ApproximateReceiveCount", "1"))
            try:
                body = TaskMessage.model_validate_json(message["Body"])
            except ValidationError:
                # Left to reappear: after maxReceiveCount it moves to the dead-letter queue for
                # inspection.
                log.error("a message is not a task", message_id=message.get("MessageId"))
                return None
            return ReceivedTask(message=body, receipt_handle=message["ReceiptHandle"], receive_count=count)
        return None

    async def set_visibility(self, receipt_handle: str, *, seconds: int) -> None:
        with _translate_errors():
            await self._client.change_message_visibility(
                QueueUrl=self._queue_url, ReceiptHandle=receipt_handle, VisibilityTimeout=seconds
            )

    async def delete(self, receipt_handle: str) -> None:
        with _translate_errors():
            await self._client.delete_message(QueueUrl=self._queue_url, ReceiptHandle=receipt_handle)


@contextmanager
def _translate_errors() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code in _STALE_CODES:
            log.info("the message is no longer ours", error_code=code)
            return
        raise QueueUnavailable(
            code
        ) from error  # refusals too: the operator fixes them while polling continues
    except (BotoCoreError, aiohttp.ClientError, OSError) as error:
        raise QueueUnavailable(type(error).__name__) from error
