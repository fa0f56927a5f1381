"""The queue forgets, repeats itself, or brings what is long over; the database knows what is to be
done."""

import json
import time

import pytest

from infra.local.processes.health import wait_until
from tests.faults.harness.collect import JOBS, query
from tests.faults.harness.storm import purge_queue
from tests.faults.stories import BACK_SECONDS, check_no_loss, held_back

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]


#: a second message of a running task is hidden until that lease would expire
EMPTY_SECONDS = 150


@pytest.fixture
def queue(stack):
    """The queue's client and URL."""
    client = stack.build_aws_client("sqs")
    yield client, stack.find_queue_url(client)
    client.close()


def send_again(queue, task, *, dispatch, mark):
    client, url = queue
    body = json.dumps({"task_id": task["id"], "dispatch": dispatch})
    client.send_message(
        QueueUrl=url,
        MessageBody=body,
        MessageGroupId=f"{task['id']}-{mark}",
        MessageDeduplicationId=f"{task['id']}-{mark}",
    )


@pytest.mark.faults_long
@pytest.mark.story(
    fault="Messages arrive twice, and some long after their task is done",
    how="each message is sent three times, once with an unknown number; and again after the task ended",
    wanted="one attempt of each task; the queue is empty afterwards",
)
def test_messages_come_twice_and_late(stack, driver, clip, queue, saw):
    watch = driver.make(clip)
    tasks = query(stack, JOBS, "select id, dispatch from tasks where job_id = %s", watch.job_id)
    for number in range(3):
        for task in tasks:
            send_again(queue, task, dispatch=task["dispatch"] + 7 * (number == 2), mark=number)
    assert not driver.wait_for_all(seconds=BACK_SECONDS)
    done = query(stack, JOBS, "select id, dispatch, attempt from tasks where job_id = %s", watch.job_id)
    for task in done:
        send_again(queue, task, dispatch=1, mark="late")
    client, url = queue

    def is_empty():
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = client.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return not any(int(value) for value in found.values())

    assert wait_until(is_empty, seconds=EMPTY_SECONDS, step_seconds=1)
    after = query(stack, JOBS, "select id, dispatch, attempt from tasks where job_id = %s", watch.job_id)
    assert {task["attempt"] for task in after} == {1}
    saw("one attempt of each task, and an empty queue")


@pytest.mark.faults_long
@pytest.mark.story(
    fault="The queue is purged",
    how="three jobs are ordered while no processor takes anything, then all messages are purged",
    wanted="the relay sends them again within two minutes, and the jobs complete",
)
def test_the_queue_is_purged(stack, driver, clip, saw):
    video = driver.send_video(clip)
    with held_back(stack):
        watches = [driver.ask(video) for _ in range(3)]
        time.sleep(5)
        purge_queue(stack)
    assert not driver.wait_for_all(seconds=BACK_SECONDS)
    check_no_loss(stack, watches)
    saw("3 of 3 completed, no try spent")
