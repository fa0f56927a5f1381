"""The relay as a process, on PostgreSQL and (local) SQS: it sends, survives kill -9 and ends on
SIGTERM."""

import os
import signal
import subprocess
import sys
import time

import pytest
import requests
from sqlalchemy import text

from job_service.jobs.job_request import JobRequester, NewJob
from job_service.jobs.requests import create_job
from job_service.testing.auth import build_test_settings
from tests.servers.ports import find_free_ports
from videoforge.messages import TaskMessage

pytestmark = pytest.mark.integration


@pytest.fixture
def environment(postgres_server, jobs_database, ministack, task_queue):
    settings = build_test_settings()
    return {
        "PATH": os.environ["PATH"],
        "DB_HOST": postgres_server.host,
        "DB_PORT": str(postgres_server.port),
        "DB_NAME": jobs_database,
        "DB_USER": postgres_server.user,
        "DB_PASSWORD": postgres_server.password,
        "REDIS_PORT": "1",
        "GALLERY_URL": "http://127.0.0.1:1",
        "AWS_ENDPOINT_URL": ministack.endpoint_url,
        "AWS_ACCESS_KEY_ID": ministack.access_key_id,
        "AWS_SECRET_ACCESS_KEY": ministack.secret_access_key,
        "SQS_QUEUE_URL": task_queue.queue_url,
        "SQS_DEAD_LETTER_QUEUE_URL": task_queue.dead_letter_queue_url,
        "PRIVATE_PORT": str(find_free_ports(1)[0]),
        "COGNITO_USER_POOL_ID": settings.cognito_user_pool_id,
        "COGNITO_CLIENT_ID": settings.cognito_client_id,
        "SERVICE_TOKENS": settings.service_tokens.get_secret_value(),
        "MEDIA_TOKEN_KEY": settings.media_token_key.get_secret_value(),
        "SESSION_KEYS": settings.session_keys.get_secret_value(),
        "SWEEP_SECONDS": "1",
        "REDISPATCH_SECONDS": "1",
    }


@pytest.fixture
def start(environment, tmp_path):
    started = []

    def run():
        with (tmp_path / "relay.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "job_service.processes.relay"], env=environment, stdout=log, stderr=log
            )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.wait()


def request_job(stage):
    wish = NewJob(video_id=stage.add_source(user_id="user-1"), output_formats=["720p"])
    create_job(stage.ports, wish, requester=JobRequester(user_id="user-1"))
    return stage.list_messages("task")[-1]["task_id"]


def wait_for_hint(sqs, url, *, seconds=20):
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at:
        for item in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages", []):
            sqs.delete_message(QueueUrl=url, ReceiptHandle=item["ReceiptHandle"])
            return TaskMessage.model_validate_json(item["Body"])
    raise AssertionError("no message came")


def test_it_sends_messages_and_resends_lost_ones(stage, environment, start, ministack, task_queue):
    sqs = ministack.client("sqs")
    first = request_job(stage)
    process = start()
    assert wait_for_hint(sqs, task_queue.queue_url) == TaskMessage(task_id=first, dispatch=1)
    # the message is deleted and the task was not claimed: the reconciler notices
    assert wait_for_hint(sqs, task_queue.queue_url) == TaskMessage(task_id=first, dispatch=2)
    private = f"http://127.0.0.1:{environment['PRIVATE_PORT']}"
    health = requests.get(f"{private}/health", timeout=5)
    assert (health.status_code, set(health.json()["loops"].values())) == (200, {"alive"})
    assert "videoforge_swept_total" in requests.get(f"{private}/metrics", timeout=5).text

    process.send_signal(signal.SIGKILL)
    process.wait()
    second = request_job(stage)
    process = start()
    seen = {wait_for_hint(sqs, task_queue.queue_url).task_id for _ in range(2)}
    assert second in seen
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 0
    sqs.close()


def test_it_is_notified_of_new_messages_and_listens_again_after_a_loss(
    stage, environment, start, ministack, task_queue
):
    """With polls a minute apart, anything that arrives sooner came by notification."""
    environment |= {"RELAY_POLL_SECONDS": "60", "SWEEP_SECONDS": "60"}
    sqs = ministack.client("sqs")
    start()
    listeners = "pg_stat_activity where application_name = 'job-service listener'"
    listeners += " and datname = current_database()"
    count = text(f"select count(*) from {listeners}")
    end = text(f"select pg_terminate_backend(pid) from {listeners}")

    def wait_for_listener():
        ends_at = time.monotonic() + 30
        while time.monotonic() < ends_at:
            with stage.database.begin() as connection:
                if connection.execute(count).scalar_one():
                    return
            time.sleep(0.2)
        raise AssertionError("nothing listens")

    wait_for_listener()
    time.sleep(1)  # its first poll is over
    first = request_job(stage)
    assert wait_for_hint(sqs, task_queue.queue_url, seconds=10).task_id == first
    with stage.database.begin() as connection:
        assert connection.execute(end).scalar_one()
    second = request_job(stage)  # while nothing listens: found by the poll after listening again
    assert wait_for_hint(sqs, task_queue.queue_url, seconds=15).task_id == second
    third = request_job(stage)
    assert wait_for_hint(sqs, task_queue.queue_url, seconds=10).task_id == third
    sqs.close()
