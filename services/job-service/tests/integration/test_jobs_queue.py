"""The queue's adapter against the real (local) SQS."""

import socket
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from botocore.exceptions import ClientError

from job_service.jobs.stores.sqs_task_queue import SqsTaskQueue, build_sqs_client
from job_service.testing.auth import build_test_settings
from job_service.wiring.services import build_task_queue
from videoforge.messages import TaskMessage
from videoforge.problems import Problem

pytestmark = pytest.mark.integration


@pytest.fixture
def sqs(ministack):
    client = ministack.client("sqs")
    yield client
    client.close()


@pytest.fixture
def queue(sqs, task_queue):
    return SqsTaskQueue(
        lambda: sqs, queue_url=task_queue.queue_url, dead_letter_queue_url=task_queue.dead_letter_queue_url
    )


def build_message(dispatch=1, task_id=None):
    return TaskMessage(task_id=task_id or str(uuid.uuid4()), dispatch=dispatch)


def receive(sqs, url):
    answer = sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"], VisibilityTimeout=30
    )
    return answer.get("Messages", [])


def test_more_messages_than_one_batch_arrive_in_order(queue, sqs, task_queue):
    messages = [build_message() for _ in range(12)]
    assert queue.send(messages) == []
    found = receive(sqs, task_queue.queue_url) + receive(sqs, task_queue.queue_url)
    assert [TaskMessage.model_validate_json(item["Body"]) for item in found] == messages
    assert queue.read_depth().in_flight == 12


def test_a_message_in_flight_holds_back_no_other_not_even_of_its_task(queue, sqs, task_queue):
    message = build_message(dispatch=3)
    later = build_message(dispatch=4, task_id=message.task_id)
    queue.send([message])
    (found,) = receive(sqs, task_queue.queue_url)
    assert found["Attributes"]["MessageDeduplicationId"] == f"{message.task_id}:3"
    queue.send([later])
    (found,) = receive(sqs, task_queue.queue_url)
    assert TaskMessage.model_validate_json(found["Body"]) == later


def test_a_dispatch_sent_twice_arrives_once_and_the_next_one_too(queue):
    message = build_message()
    queue.send([message])
    queue.send([message])
    assert queue.read_depth().visible == 1
    queue.send([build_message(dispatch=2, task_id=message.task_id)])
    assert queue.read_depth().visible == 2


def test_dead_letters_are_received_and_deleted(queue, sqs, task_queue):
    sqs.send_message(
        QueueUrl=task_queue.dead_letter_queue_url,
        MessageBody="x",
        MessageGroupId="a",
        MessageDeduplicationId="1",
    )
    assert queue.read_depth().dead == 1
    (dead,) = queue.receive_dead(limit=10)
    assert dead.body == "x"
    queue.delete_dead(dead)
    assert queue.read_depth().dead == 0


def test_a_missing_queue_is_a_503(ministack, queue):
    queue.check()
    gone = SqsTaskQueue(
        lambda: ministack.client("sqs"),
        queue_url=f"{ministack.endpoint_url}/000000000000/gone.fifo",
        dead_letter_queue_url=f"{ministack.endpoint_url}/000000000000/gone-dead.fifo",
    )
    with pytest.raises(Problem, match="503 queue_unavailable"):
        gone.check()


@pytest.fixture
def keys(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")


def test_the_client_is_built_with_the_budgets(keys):
    client = build_sqs_client(region="us-east-1", endpoint_url="http://127.0.0.1:1")
    assert client.meta.config.connect_timeout == 3
    assert client.meta.config.read_timeout == 10
    client.close()


@pytest.fixture
def broken_server():
    """A server that answers 500 to every request; yields its URL and the list of requests."""
    asked = []

    class Broken(BaseHTTPRequestHandler):
        def do_POST(self):
            asked.append(self.path)
            self.send_error(500)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Broken)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(("is_for_counting", "attempts"), [(False, 4), (True, 1)])
def test_a_broken_queue_is_retried_as_the_budget_says(
    keys, broken_server, monkeypatch, is_for_counting, attempts
):
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda seconds: None)
    address, asked = broken_server
    client = build_sqs_client(region="us-east-1", endpoint_url=address, is_for_counting=is_for_counting)
    with pytest.raises(ClientError):
        client.send_message(QueueUrl=f"{address}/000000000000/test.fifo", MessageBody="-")
    assert len(asked) == attempts
    client.close()


def test_a_missing_count_is_not_waited_for_long(keys):
    """Someone is loading the admin page or checking readiness."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        address = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        settings = build_test_settings(
            aws_endpoint_url=address,
            sqs_queue_url=f"{address}/000000000000/test.fifo",
            sqs_dead_letter_queue_url=f"{address}/000000000000/test-dead.fifo",
        )
        began = time.monotonic()
        with pytest.raises(Problem, match="queue_unavailable"):
            build_task_queue(settings).read_depth()
        assert time.monotonic() - began < 4
