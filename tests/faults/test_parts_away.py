"""A part of the stack is away for a while: jobs wait for it, and go on by themselves when it is
back."""

import json
import time

import pytest

from demo.playback import play_video
from infra.local.processes.health import wait_until
from tests.faults.harness.proxy import HANGING
from tests.faults.stories import BACK_SECONDS, check_no_loss, held_back

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

AWAY_SECONDS = 90
#: with so few deliveries a message becomes a dead letter within the minute that job-service is
#: away, as with the queue's own 30 within half an hour
FEW_RECEIVES = 3


@pytest.mark.story(
    fault="Redis is away while a job is created",
    how="stopped before the upload, started again after the job was accepted",
    wanted="upload and job work as usual; nothing is lost",
)
def test_redis_is_away(stack, driver, clip, saw):
    before = driver.send_video(clip)
    with stack.away("redis"):
        watch = driver.make(clip)
    assert not driver.wait_for_all(seconds=BACK_SECONDS)
    listed = {item["id"] for item in driver.client.get("gallery/my-videos")["items"]}
    assert listed == {before["id"], watch.video_id}
    saw("the job was accepted without Redis and completed; both videos are listed")


@pytest.mark.story(
    fault="The gallery is away when a job is published",
    how="stopped when the job was accepted, started again after it ended",
    wanted="the job completes; the gallery gets the renditions when it is back, once",
)
def test_the_gallery_is_away_at_publishing(stack, driver, clip, saw):
    video = driver.send_video(clip)
    driver.ask(video)
    with stack.away("gallery"):
        assert not driver.wait_for_all(seconds=BACK_SECONDS)

    def is_ready():
        answer = driver.client.send("GET", f"gallery/videos/{video['id']}")
        return answer.ok and answer.json()["status"] == "ready"

    assert wait_until(is_ready, seconds=60, step_seconds=0.5)
    assert len(play_video(driver.client, video).renditions) == 1
    saw("the job completed without the gallery; its video was ready within 60 s of the gallery's return")


@pytest.mark.faults_long
@pytest.mark.story(
    fault="The store is away for 90 s",
    how="stopped while 5 jobs wait, started again 90 s later",
    wanted="no try is spent; the jobs are shown as waiting for the store, and complete when it is back",
)
def test_the_store_is_away(stack, driver, clip, saw):
    video = driver.send_video(clip)
    with held_back(stack):
        watches = [driver.ask(video) for _ in range(5)]
        stack.supervisor.stop_processes(["store"], seconds=30)
    try:
        time.sleep(AWAY_SECONDS)
        shown = {watch.sightings[-1].waiting_for for watch in watches}
        statuses = {watch.sightings[-1].status for watch in watches}
    finally:
        stack.start("store")
    assert "failed" not in statuses
    assert shown == {"store"}
    assert not driver.wait_for_all(seconds=BACK_SECONDS)
    assert {watch.sightings[-1].status for watch in watches} == {"completed"}
    check_no_loss(stack, watches)
    saw("5 of 5 shown as waiting for the store, 5 of 5 completed by themselves, no try spent")


@pytest.mark.faults_long
@pytest.mark.story(
    fault="The store hangs in mid-encode for longer than a lease",
    how="every connection to the store passes nothing for 120 s",
    wanted="the attempt is handed back without spending a try, and the job completes",
)
def test_the_store_hangs(stack, driver, film_4k, saw):
    watch = driver.make(film_4k, formats=("4K",))
    driver.wait_for(watch, percent=6, seconds=120)
    links = stack.links_to("store", of="processor-")
    for link in links:
        link.set_fault(HANGING)
    time.sleep(120)
    stack.links.restore()
    assert not driver.wait_for_all(seconds=BACK_SECONDS)
    check_no_loss(stack, [watch])
    saw("completed when the store answered again, no try spent")


@pytest.mark.faults_long
@pytest.mark.story(
    fault="job-service is away until the queue gives up its messages",
    how=f"stopped for 60 s while 3 jobs wait; the queue gives up a message after {FEW_RECEIVES} deliveries",
    wanted="no job fails; all complete when it is back",
)
def test_job_service_is_away(stack, driver, clip, saw):
    sqs = stack.build_aws_client("sqs")
    url = stack.find_queue_url(sqs)
    names = ["VisibilityTimeout", "RedrivePolicy"]
    kept = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    few = json.dumps(json.loads(kept["RedrivePolicy"]) | {"maxReceiveCount": FEW_RECEIVES})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "1", "RedrivePolicy": few})
    try:
        with held_back(stack):
            video = driver.send_video(clip)
            watches = [driver.ask(video) for _ in range(3)]
            api = stack.api_processes
            stack.supervisor.stop_processes(api, seconds=30)
        time.sleep(60)
        stack.start(*api)
        assert not driver.wait_for_all(seconds=BACK_SECONDS)
    finally:
        sqs.set_queue_attributes(QueueUrl=url, Attributes=kept)
        sqs.close()
    assert {watch.sightings[-1].status for watch in watches} == {"completed"}
    saw("3 of 3 completed by themselves")


@pytest.mark.faults_long
@pytest.mark.story(
    fault="Queue and identity are away",
    how="the local AWS is stopped for 45 s; meanwhile a signed-in user orders 3 jobs",
    wanted="signed-in users go on; jobs are accepted and sent when the queue is back; sign-in answers 503",
)
def test_queue_and_identity_are_away(stack, driver, clip, saw):
    video = driver.send_video(clip)
    with stack.away("aws"):
        watches = [driver.ask(video) for _ in range(3)]
        body = {"email": driver.client.user["email"], "password": "Wrong-Horse-7"}
        answer = driver.client.http.post(driver.client.build_url("auth/login"), json=body, timeout=30)
        time.sleep(45)
    assert answer.status_code == 503
    assert not driver.wait_for_all(seconds=BACK_SECONDS)
    check_no_loss(stack, watches)
    saw("3 of 3 accepted and completed, no try spent; sign-in answered 503")
