"""A film in twenty chunks on three processors: whatever is lost in the middle, each frame is there
once.

The frames carry their numbers (harness/numbered_film.py). Leases are short here, so that a story
does not wait for 90 s; every other time is as in production.
"""

import json
import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass

import pytest

from infra.local.processes.health import wait_until
from tests.faults.harness.collect import JOBS, list_media_processes, query
from tests.faults.harness.numbered_film import FRAME_RATE, make_numbered_film
from tests.faults.harness.proxy import HANGING, Fault
from tests.faults.stories import (
    BACK_SECONDS,
    LEASED_SECONDS,
    check_exact,
    check_no_loss,
    count_losses,
    find_attempt_folder,
    find_phase,
    find_tasks,
    post_as_processor,
    wait_for_task,
)

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

FILM_SECONDS = 120
CHUNKS = 20
#: with the processors' own times in proportion, see lease.py
LEASE_SECONDS = 24
#: a chunk's part of the source then takes longer than a story needs to find its processor
SLOW = Fault(bytes_per_second=20_000)
FROZEN_SECONDS = 60
#: a cancelled task's processor asks for it every two seconds; the rest is for a busy machine
ENDED_SECONDS = 15
AWAY_SECONDS = 30

long = pytest.mark.faults_long


@pytest.fixture(scope="module", autouse=True)
def _short_leases(stack):
    settings = {"LEASE_SECONDS": str(LEASE_SECONDS), "REAP_GRACE_SECONDS": "5"}
    with stack.changed("task-api", "relay", **settings):
        yield


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    return make_numbered_film(tmp_path_factory.mktemp("films") / "numbered.mp4", seconds=FILM_SECONDS)


@pytest.fixture
def watch(stack, driver, film):
    """A job whose chunks are all waiting or running, the first of them being encoded."""
    watch = driver.make(film)
    wait_for_task(stack, is_encode, watch=watch, seconds=120)
    assert len(list_tasks(stack, watch, kind="encode")) == CHUNKS
    return watch


def is_encode(task):
    return task["kind"] == "encode"


def list_tasks(stack, watch, *, kind):
    return query(stack, JOBS, "select * from tasks where job_id = %s and kind = %s", watch.job_id, kind)


@dataclass(frozen=True)
class Before:
    """What a job had when something was broken: the attempt that finished each finished task, and
    the keys of what viewers may have been shown."""

    done: dict[str, int]
    listed: set[str]


def look(stack, watch):
    listed = query(stack, JOBS, "select s3_key from listed_segments where job_id = %s", watch.job_id)
    return Before(done=list_done(stack, watch), listed={row["s3_key"] for row in listed})


def list_done(stack, watch):
    return {task["id"]: task["attempt"] for task in find_tasks(stack, watch, status="done")}


def check_ends(stack, driver, watch, *, before, seconds=LEASED_SECONDS):
    """Check that the film is published with each frame, that nothing done was done again, and that
    what viewers were shown is what was published."""
    assert not driver.wait_for_all(seconds=seconds)
    assert watch.sightings[-1].status == "completed"
    assert before.done.items() <= list_done(stack, watch).items()
    results = json.dumps([task["result"] for task in find_tasks(stack, watch, status="done")])
    assert not [key for key in before.listed if key not in results]
    check_exact(driver, watch, frames=FILM_SECONDS * FRAME_RATE)


def is_in(stack, phase):
    """Return a test of tasks: a chunk whose processor is in this phase."""
    return lambda task: is_encode(task) and find_phase(stack, task) == phase


def hold_encode(stack, watch):
    """Stop the ffmpeg of one chunk and return the task."""

    def is_held(task):
        if not is_in(stack, "encode")(task):
            return False
        signal_encode(stack, task, signal.SIGSTOP)
        return find_phase(stack, task) == "encode"

    return wait_for_task(stack, is_held, watch=watch)


def signal_encode(stack, task, how):
    folder = find_attempt_folder(stack, task)
    for pid in list_media_processes(stack, folder=folder) if folder else []:
        with suppress(ProcessLookupError):
            os.kill(pid, how)


def hold_in(stack, watch, phase):
    """Return a chunk's task that is in this phase and cannot leave it."""
    if phase == "download":
        for link in stack.links_to("store", of="processor-"):
            link.set_fault(SLOW)
        return wait_for_task(stack, is_in(stack, phase), watch=watch)
    task = hold_encode(stack, watch)
    name = task["processor_id"]
    if phase == "upload":
        stack.link(name, "store").set_fault(HANGING)
        signal_encode(stack, task, signal.SIGCONT)
        assert wait_until(lambda: find_phase(stack, task) == phase, seconds=60, step_seconds=0.05)
    if phase == "complete":
        link = stack.link(name, "job-service")
        failed = link.counts["failed"]
        link.set_fault(Fault(failing_path=r"/complete$"))
        signal_encode(stack, task, signal.SIGCONT)
        assert wait_until(lambda: link.counts["failed"] > failed, seconds=60, step_seconds=0.05)
    return task


@pytest.mark.parametrize(
    "phase",
    [
        pytest.param("download", marks=long),
        "encode",
        pytest.param("upload", marks=long),
        pytest.param("complete", marks=long),
    ],
)
@pytest.mark.story(
    fault="A processor is killed in a phase of a chunk",
    how="kill -9 of one that downloads, encodes, uploads or reports a chunk of 20, and is held there",
    wanted="only that chunk is done again, by one that is there; each frame of the film is there once",
)
def test_a_processor_is_killed_in_a_chunk(stack, driver, watch, saw, phase):
    task = hold_in(stack, watch, phase)
    before = look(stack, watch)
    stack.kill(task["processor_id"])
    stack.links.restore()
    check_ends(stack, driver, watch, before=before)
    [again] = [row for row in list_tasks(stack, watch, kind="encode") if row["id"] == task["id"]]
    assert again["attempt"] > task["attempt"]
    assert count_losses(stack, [watch])["crashes"] >= 1
    saw("that chunk done again and no other; every frame once, in order")


@long
@pytest.mark.story(
    fault="Two processors are killed at once in mid-film",
    how="kill -9 of both, each in a chunk of 20",
    wanted="their chunks are done again when the leases expire, and no other",
)
def test_two_processors_are_killed_at_once(stack, driver, watch, saw):
    tasks = find_two_encodes(stack, watch)
    before = look(stack, watch)
    for task in tasks:
        stack.kill(task["processor_id"])
    check_ends(stack, driver, watch, before=before)
    assert count_losses(stack, [watch])["crashes"] >= 2
    saw("both chunks done again; every frame once, in order")


def find_two_encodes(stack, watch):
    """Return two chunks that two processors encode, both stopped."""
    first = hold_encode(stack, watch)

    def is_another(task):
        return task["processor_id"] != first["processor_id"] and is_in(stack, "encode")(task)

    return [first, wait_for_task(stack, is_another, watch=watch)]


@long
@pytest.mark.story(
    fault="The processor that encodes a film's sound is killed",
    how="kill -9 in mid-task, while others encode the picture",
    wanted="the sound is encoded again without a gap; no chunk of the picture is, and what was listed stays",
)
def test_the_processor_of_the_sound_is_killed(stack, driver, film, saw):
    watch = driver.make(film)
    task = wait_for_task(stack, lambda task: task["kind"] == "audio", watch=watch, seconds=120)
    stack.link(task["processor_id"], "store").set_fault(HANGING)
    time.sleep(1)
    [held] = list_tasks(stack, watch, kind="audio")
    assert held["status"] == "running", "the sound was done before its processor could be held"
    before = look(stack, watch)
    stack.kill(task["processor_id"])
    stack.links.restore()
    check_ends(stack, driver, watch, before=before)
    [again] = list_tasks(stack, watch, kind="audio")
    assert (again["status"], again["attempt"]) == ("done", 2)
    saw("encoded again, in one piece; every frame once, in order")


@long
@pytest.mark.story(
    fault="All processors but one are killed in mid-film, and stay away",
    how="kill -9 of two of three, which are not started again until the film is published",
    wanted="the last one does the rest alone",
)
def test_all_processors_but_one_are_killed(stack, driver, watch, saw):
    held = hold_encode(stack, watch)
    lost = [name for name in stack.processors if name != held["processor_id"]]
    before = look(stack, watch)
    for name in lost:
        stack.kill(name)
    with stack.away(*lost):
        signal_encode(stack, held, signal.SIGCONT)
        check_ends(stack, driver, watch, before=before)
    saw("published by the one that was left; every frame once, in order")


@long
@pytest.mark.story(
    fault=f"A processor hangs for {FROZEN_SECONDS} s in mid-chunk and comes back",
    how="SIGSTOP of the processor and its ffmpeg, SIGCONT; then calls with its old lease",
    wanted="another one does the chunk meanwhile; every late call is answered 409, and changes nothing",
)
def test_a_processor_is_slow(stack, driver, watch, saw):
    task = wait_for_task(stack, is_in(stack, "encode"), watch=watch)

    def find_now():
        [row] = query(stack, JOBS, "select * from tasks where id = %s", task["id"])
        return row

    began = time.monotonic()
    with stack.frozen(task["processor_id"]):
        assert wait_until(lambda: find_now()["status"] == "done", seconds=FROZEN_SECONDS)
        time.sleep(max(0.0, began + FROZEN_SECONDS - time.monotonic()))
    taken = find_now()
    assert taken["processor_id"] != task["processor_id"]
    lease = {"attempt": task["attempt"], "lease_token": task["lease_token"]}
    error = {"code": "encode_failed", "message": "late", "retryable": True}
    calls = {
        "heartbeat": {},
        "progress": {"phase": "encoding", "percent": 99},
        "segments": {"tracks": taken["result"]["renditions"]},
        "complete": {"result": taken["result"]},
        "fail": {"kind": "failure", "error": error},
    }
    answers = {
        verb: post_as_processor(stack, f"tasks/{task['id']}/{verb}", lease | body)
        for verb, body in calls.items()
    }
    assert set(answers.values()) == {409}, answers
    before = look(stack, watch)
    assert (find_now()["attempt"], find_now()["result"]) == (taken["attempt"], taken["result"])
    check_ends(stack, driver, watch, before=before)
    saw("done by another one meanwhile; 409 for every late call; every frame once, in order")


@long
@pytest.mark.story(
    fault="A processor is drained in mid-chunk",
    how="SIGTERM of one that encodes a chunk of 20",
    wanted="an interruption and no crash: the chunk is free at once, before its lease could expire",
)
def test_a_processor_is_drained_in_mid_chunk(stack, driver, watch, saw):
    task = hold_encode(stack, watch)
    before = look(stack, watch)
    stack.kill(task["processor_id"], signal.SIGTERM)

    def is_free():
        [row] = query(stack, JOBS, "select attempt, status from tasks where id = %s", task["id"])
        return row["attempt"] > task["attempt"] or row["status"] == "pending"

    assert wait_until(is_free, seconds=LEASE_SECONDS / 2, step_seconds=0.1)
    check_ends(stack, driver, watch, before=before, seconds=BACK_SECONDS)
    check_no_loss(stack, [watch])
    assert count_losses(stack, [watch])["interruptions"] >= 1
    saw("free at once, no crash counted; every frame once, in order")


@pytest.mark.story(
    fault=f"A job with {CHUNKS} chunks out is cancelled",
    how="POST /api/jobs/{id}/cancel while three are running and the others wait",
    wanted="no chunk is begun any more, the running ones end, and nothing of it is left in the store",
)
def test_a_job_in_chunks_is_cancelled(stack, driver, watch, saw):
    wait_for_task(stack, is_in(stack, "encode"), watch=watch)
    watch.is_cancel_asked = True
    driver.client.post(f"jobs/{watch.job_id}/cancel")
    assert wait_until(lambda: not list_media_processes(stack), seconds=ENDED_SECONDS, step_seconds=0.2)
    open_tasks = "select count(*) as n from tasks where job_id = %s and status in ('pending', 'running')"
    assert query(stack, JOBS, open_tasks, watch.job_id) == [{"n": 0}]
    assert driver.client.get(f"jobs/{watch.job_id}")["status"] == "cancelled"
    saw("cancelled, no ffmpeg and no object left")


@long
@pytest.mark.story(
    fault=f"A video whose job has {CHUNKS} chunks out is deleted for good",
    how="DELETE /api/gallery/videos/{id}?purge=true while three are running and the others wait",
    wanted="the running chunks end, and nothing of the video is left: no row, no source, no output",
)
def test_a_video_in_chunks_is_deleted(stack, driver, watch, saw):
    wait_for_task(stack, is_in(stack, "encode"), watch=watch)
    driver.watches.remove(watch)  # nobody can ask for it any more
    answer = driver.client.send("DELETE", f"gallery/videos/{watch.video_id}", params={"purge": "true"})
    assert answer.ok
    assert wait_until(lambda: not list_media_processes(stack), seconds=ENDED_SECONDS, step_seconds=0.2)
    rows = "select id from media_assets where video_id = %s union all select id from jobs where id = %s"

    def is_gone():
        return not query(stack, JOBS, rows, watch.video_id, watch.job_id)

    assert wait_until(is_gone, seconds=60, step_seconds=1)
    saw("no ffmpeg, no row and no object left")


@long
@pytest.mark.story(
    fault=f"The store is away for {AWAY_SECONDS} s in mid-film",
    how="stopped while three chunks of 20 are running, started again",
    wanted="no try is spent, and no finished chunk is done again",
)
def test_the_store_is_away_in_mid_film(stack, driver, watch, saw):
    wait_for_task(stack, is_in(stack, "encode"), watch=watch)
    before = look(stack, watch)
    with stack.away("store"):
        time.sleep(AWAY_SECONDS)
    check_ends(stack, driver, watch, before=before)
    check_no_loss(stack, [watch])
    saw("no try spent, nothing done twice; every frame once, in order")
