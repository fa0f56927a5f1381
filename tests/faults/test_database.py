"""The database breaks, stands still, or holds what nobody can read."""

import json
import time
from uuid import uuid4

import pytest

from demo.upload import upload_file
from infra.local.processes.health import wait_until
from tests.faults.harness.collect import JOBS, query
from tests.faults.harness.proxy import Snap
from tests.faults.harness.snapshot import JobWatch
from tests.faults.stories import BACK_SECONDS, LEASED_SECONDS, begin_encode, count_losses, find_worker

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

#: Retry-After within 3 s, plus a margin for a busy machine
FROZEN_ANSWER_SECONDS = 5
#: a row that was set aside is retried after 1, 2 and 4 minutes, so up to that long after it was
#: fixed
LOOKED_AT_AGAIN_SECONDS = 240


def post_once(driver, path, body, *, key):
    """Send one request with a key and return the response as it is."""
    return driver.client.send("POST", path, json=body, headers={"Idempotency-Key": key})


def post_until_done(driver, path, body, *, key):
    """Repeat a request with its key, as a good client does, and return the first final response."""
    answers = []

    def is_done():
        answers.append(post_once(driver, path, body, key=key))
        return answers[-1].status_code not in {409, 429, 503}

    assert wait_until(is_done, seconds=120, step_seconds=1), answers[-1].text
    return answers[-1]


def break_at_commit(stack, driver, path, body, *, key, after, moment):
    """Send a request whose transaction loses its database at the COMMIT, then restore the link."""
    link = stack.link("job-service", "postgres")
    before = link.counts["snapped"]
    link.snap_at(Snap(after=after, at=b"COMMIT", **MOMENTS[moment]))
    answer = post_once(driver, path, body, key=key)
    assert link.counts["snapped"] == before + 1
    stack.links.restore()
    return answer


MOMENTS = {
    "after it, one connection": {"is_sent": True},
    "before it, one connection": {"is_sent": False},
    "after it, all connections": {"is_sent": True, "is_whole": True},
    "before it, all connections": {"is_sent": False, "is_whole": True},
}
#: if all connections break, nothing can release the key, and a repeat waits until it counts as
#: abandoned
SHORT = [
    pytest.param(moment, marks=[pytest.mark.faults_long] if "is_whole" in how else [])
    for moment, how in MOMENTS.items()
]


@pytest.mark.parametrize("moment", SHORT)
@pytest.mark.story(
    fault="The database breaks at the commit of a job",
    how="the proxy resets one connection, or all, after the COMMIT took effect or before it is sent",
    wanted="503, and repeating the same key returns the existing job or creates it: one job",
)
def test_the_database_breaks_at_the_commit_of_a_job(stack, driver, clip, saw, moment):
    video, key = driver.send_video(clip), str(uuid4())
    body = {"video_id": video["id"], "output_formats": ["480p"]}
    first = break_at_commit(stack, driver, "jobs", body, key=key, after=b"INSERT INTO jobs", moment=moment)
    job = post_until_done(driver, "jobs", body, key=key).json()
    again = post_until_done(driver, "jobs", body, key=key).json()
    assert first.status_code in {202, 503}
    assert again["id"] == job["id"]
    driver.watches.append(JobWatch(job["id"], video["id"], key, job_ids={again["id"]}))
    assert not driver.wait_for_all(seconds=BACK_SECONDS)
    saw("the key gave one job")


@pytest.mark.faults_long
@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.story(
    fault="The database breaks at the commit of a batch",
    how="as with a job, at POST /api/jobs/batch with two items",
    wanted="one batch of two jobs",
)
def test_the_database_breaks_at_the_commit_of_a_batch(stack, driver, clip, saw, moment):
    videos, key = [driver.send_video(clip) for _ in range(2)], str(uuid4())
    body = {"items": [{"video_id": video["id"], "output_formats": ["480p"]} for video in videos]}
    break_at_commit(stack, driver, "jobs/batch", body, key=key, after=b"INSERT INTO jobs", moment=moment)
    made = post_until_done(driver, "jobs/batch", body, key=key).json()
    assert post_until_done(driver, "jobs/batch", body, key=key).json() == made
    driver.watches.extend(JobWatch(job["id"], job["video_id"], key) for job in made["items"])
    assert not driver.wait_for_all(seconds=BACK_SECONDS)
    saw("the key gave one batch")


@pytest.mark.faults_long
@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.story(
    fault="The database breaks at the commit of a confirmed upload",
    how="as with a job, at POST /api/upload/confirm",
    wanted="one video",
)
def test_the_database_breaks_at_the_commit_of_a_confirm(stack, driver, clip, saw, moment):
    s3_key, key = upload_file(driver.client, clip), str(uuid4())
    body = {"s3_key": s3_key, "title": "clip"}
    break_at_commit(
        stack, driver, "upload/confirm", body, key=key, after=b"INSERT INTO media_assets", moment=moment
    )
    made = post_until_done(driver, "upload/confirm", body, key=key).json()
    assert post_until_done(driver, "upload/confirm", body, key=key).json()["id"] == made["id"]
    assert [item["id"] for item in driver.client.get("gallery/my-videos")["items"]] == [made["id"]]
    driver.ask(made)
    assert not driver.wait_for_all(seconds=BACK_SECONDS)
    saw("the key gave one video")


@pytest.mark.faults_long
@pytest.mark.story(
    fault="The database freezes for 45 s",
    how="SIGSTOP of PostgreSQL and all its children in mid-encode of one job, with two more jobs waiting",
    wanted="503 with Retry-After within 3 s; afterwards no crash is counted and every job completes",
)
def test_the_database_stands_still(stack, driver, clip, film_4k, saw):
    video = driver.send_video(clip)
    watch = begin_encode(driver, film_4k)
    others = [driver.ask(video) for _ in range(2)]
    answers = []
    with stack.frozen("postgres"):
        deadline = time.monotonic() + 45
        while time.monotonic() < deadline:
            began = time.monotonic()
            answer = driver.client.send("GET", "jobs")
            answers.append((answer.status_code, "Retry-After" in answer.headers, time.monotonic() - began))
            time.sleep(0.5)
    assert {(status, has_hint) for status, has_hint, _ in answers} == {(503, True)}
    assert max(seconds for _, _, seconds in answers) < FROZEN_ANSWER_SECONDS
    assert not driver.wait_for_all(seconds=BACK_SECONDS)
    assert count_losses(stack, [watch, *others])["crashes"] == 0
    saw("every answer 503 with Retry-After and in time; no crash counted, all completed")


@pytest.mark.faults_long
@pytest.mark.timeout(1500)
@pytest.mark.story(
    fault="A row that no sweep can read",
    how="the plan of one job is replaced by one of another version; then two processors are killed",
    wanted="the other job's task is swept and completes; the unreadable row is set aside and shown",
)
def test_an_unreadable_row_keeps_nobody_waiting(stack, driver, admin, film_4k, saw):
    spoilt, other = (driver.make(film_4k, formats=("4K",)) for _ in range(2))
    for watch in (spoilt, other):
        driver.wait_for(watch, percent=8, seconds=180)
    workers = {find_worker(stack, watch) for watch in (spoilt, other)}
    [row] = query(stack, JOBS, "select plan from jobs where id = %s", spoilt.job_id)
    change = "update jobs set plan = %s where id = %s"
    query(stack, JOBS, change, json.dumps({"version": 99}), spoilt.job_id)
    try:
        for name in workers:
            stack.kill(name)
        assert wait_until(
            lambda: other.sightings[-1].status == "completed", seconds=LEASED_SECONDS, step_seconds=1
        )
        assert admin.get("admin/queue")["set_aside"]["task"] >= 1
    finally:
        query(stack, JOBS, change, json.dumps(row["plan"]), spoilt.job_id)
    assert not driver.wait_for_all(seconds=LOOKED_AT_AGAIN_SECONDS + BACK_SECONDS)
    saw("the other job completed; the unreadable one was shown as set aside, and completed after a repair")
