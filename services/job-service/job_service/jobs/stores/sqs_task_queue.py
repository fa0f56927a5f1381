"""The FIFO queue of task messages in Amazon SQS.

    MessageGroupId = {task_id}:{dispatch}    a message in flight holds back those of its group
    MessageDeduplicationId = the same        a dispatch sent twice in 5 minutes arrives once
    body = videoforge.messages.TaskMessage

Budgets: 3 s to connect, 10 s to read, botocore's standard retries with 4 attempts. Counting has 1 s
and 1.5 s and one attempt: a person waits for the answer, and a late count is as useless as none.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from job_service.jobs.ports import DeadMessage, QueueDepth
from videoforge.messages import TaskMessage
from videoforge.problems import Code, Problem

if TYPE_CHECKING:
    from types_boto3_sqs.client import SQSClient

#: SQS's limit for one SendMessageBatch.
MAX_BATCH: Final = 10
_CONFIG: Final = Config(
    connect_timeout=3,
    read_timeout=10,
    retries={"mode": "standard", "total_max_attempts": 4},
    max_pool_connections=8,
)

_COUNTING_CONFIG: Final = Config(
    connect_timeout=1, read_timeout=1.5, retries={"mode": "standard", "total_max_attempts": 1}
)


def build_sqs_client(*, region: str, endpoint_url: str | None, is_for_counting: bool = False) -> "SQSClient":
    config = _COUNTING_CONFIG if is_for_counting else _CONFIG
    return boto3.client("sqs", region_name=region, endpoint_url=endpoint_url, config=config)


class SqsTaskQueue:
    """Thread-safe: boto3's clients are, once built. `build_client` is called on first use, so that
    a process that sends nothing starts fast."""

    def __init__(
        self,
        build_client: "Callable[[], SQSClient]",
        *,
        build_counting_client: "Callable[[], SQSClient] | None" = None,
        queue_url: str,
        dead_letter_queue_url: str,
    ) -> None:
        self._build_client = build_client
        self._build_counting_client = build_counting_client or build_client
        self._found: SQSClient | None = None
        self._found_counting: SQSClient | None = None
        self._queue_url = queue_url
        self._dead_url = dead_letter_queue_url

    @property
    def _client(self) -> "SQSClient":
        self._found = self._found or self._build_client()
        return self._found

    @property
    def _counting_client(self) -> "SQSClient":
        self._found_counting = self._found_counting or self._build_counting_client()
        return self._found_counting

    def send(self, messages: Sequence[TaskMessage]) -> list[TaskMessage]:
        refused: list[TaskMessage] = []
        for start in range(0, len(messages), MAX_BATCH):
            batch = messages[start : start + MAX_BATCH]
            with _answered():
                answer = self._client.send_message_batch(
                    QueueUrl=self._queue_url,
                    Entries=[
                        {
                            "Id": str(index),
                            "MessageBody": message.model_dump_json(),
                            "MessageGroupId": f"{message.task_id}:{message.dispatch}",
                            "MessageDeduplicationId": f"{message.task_id}:{message.dispatch}",
                        }
                        for index, message in enumerate(batch)
                    ],
                )
            refused += [batch[int(entry["Id"])] for entry in answer.get("Failed", [])]
        return refused

    def read_depth(self) -> QueueDepth:
        visible, in_flight = self._count(self._queue_url)
        return QueueDepth(visible=visible, in_flight=in_flight, dead=sum(self._count(self._dead_url)))

    def receive_dead(self, *, limit: int) -> list[DeadMessage]:
        with _answered():
            answer = self._client.receive_message(
                QueueUrl=self._dead_url,
                MaxNumberOfMessages=min(limit, MAX_BATCH),
                WaitTimeSeconds=0,
                VisibilityTimeout=60,
            )
        return [
            DeadMessage(id=item["MessageId"], receipt_handle=item["ReceiptHandle"], body=item["Body"])
            for item in answer.get("Messages", [])
        ]

    def delete_dead(self, message: DeadMessage) -> None:
        with _answered():
            self._client.delete_message(QueueUrl=self._dead_url, ReceiptHandle=message.receipt_handle)

    def check(self) -> None:
        """Raise Problem 503 unless the queue answers."""
        self._count(self._queue_url)

    def _count(self, url: str) -> tuple[int, int]:
        with _answered():
            answer = self._counting_client.get_queue_attributes(
                QueueUrl=url,
                AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
            )
        attributes = answer["Attributes"]
        return (
            int(attributes["ApproximateNumberOfMessages"]),
            int(attributes["ApproximateNumberOfMessagesNotVisible"]),
        )


@contextmanager
def _answered() -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise Problem(Code.queue_unavailable) from error
