"""A processor dies, hangs, or cannot work: another one does what it had, and it takes nothing to
spoil it."""

import os
import shutil
import signal
import subprocess
import time
import urllib.request
from contextlib import contextmanager

import pytest

from infra.local.processes.health import wait_until
from tests.faults.harness.collect import list_media_processes
from tests.faults.harness.proxy import Fault
from tests.faults.stories import (
    BACK_SECONDS,
    LEASED_SECONDS,
    begin_encode,
    check_no_loss,
    check_whole,
    count_losses,
    find_tasks,
    find_worker,
)

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

#: Half of a lease: what is done sooner did not wait until the lease expired.
AT_ONCE_SECONDS = 45
#: the goal is 5 s; the rest is a margin for a busy machine
CANCEL_SECONDS = 10


@pytest.fixture
def watch(driver, film_4k):
    """A job of a 4K film in mid-encode."""
    return begin_encode(driver, film_4k)


def ask_for_nine(driver, clip):
    """Return nine jobs of one small video: more than the processors take at once."""
    video = driver.send_video(clip)
    return [driver.ask(video) for _ in range(9)]


def signal_ffmpegs(stack, how):
    for pid in list_media_processes(stack):
        os.kill(pid, how)


def read_health(stack, name):
    """Return what a processor answers at its private port: status and body."""
    number = int(name.rpartition("-")[2])
    url = f"http://127.0.0.1:{stack.settings.processor_ports()[number - 1]}/health"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Plain())
    with opener.open(url, timeout=5) as answer:
        return answer.status, answer.read().decode()


class _Plain(urllib.request.HTTPErrorProcessor):
    def http_response(self, request, response):
        return response

    https_response = http_response


@pytest.mark.story(
    fault="A processor is killed in mid-encode of a 4K film",
    how="kill -9 of the one that has the task, at 10% or more",
    wanted="another one takes the task when the lease expires; the film has every frame and looks right",
)
def test_a_processor_is_killed_in_mid_encode(stack, driver, film_4k, watch, saw):
    stack.kill(find_worker(stack, watch))
    assert not driver.wait_for_all(seconds=LEASED_SECONDS)
    check_whole(driver, watch, film_4k)
    assert count_losses(stack, [watch])["crashes"] == 1
    saw("completed by another processor, one crash counted, no frame missing")


@pytest.mark.faults_long
@pytest.mark.story(
    fault="A job whose ffmpeg hangs is cancelled",
    how="SIGSTOP of every ffmpeg, then POST /api/jobs/{id}/cancel",
    wanted="within 5 s the job is cancelled and its ffmpeg is gone",
)
def test_a_job_is_cancelled_whose_ffmpeg_hangs(stack, driver, watch, saw):
    signal_ffmpegs(stack, signal.SIGSTOP)
    watch.is_cancel_asked = True
    driver.client.post(f"jobs/{watch.job_id}/cancel")

    def is_over():
        status = driver.client.get(f"jobs/{watch.job_id}")["status"]
        return status == "cancelled" and not list_media_processes(stack)

    assert wait_until(is_over, seconds=CANCEL_SECONDS, step_seconds=0.2)
    saw("cancelled, and its ffmpeg gone, in that time")


@pytest.mark.faults_long
@pytest.mark.story(
    fault="The scratch folder of one of three processors is gone",
    how="removed with everything in it, while 9 jobs are ordered",
    wanted="it loses no task: it says that it cannot work, or creates the folder again; the others go on",
)
def test_a_processor_has_no_scratch(stack, driver, clip, saw):
    shutil.rmtree(stack.scratch_dir / "processor-1")
    watches = ask_for_nine(driver, clip)
    began = time.monotonic()
    assert not driver.wait_for_all(seconds=BACK_SECONDS)
    assert time.monotonic() - began < BACK_SECONDS
    check_no_loss(stack, watches)
    has_scratch = any((stack.scratch_dir / "processor-1").glob("*"))
    status, said = read_health(stack, "processor-1")
    assert has_scratch or status != 200 or "scratch" in said
    stack.kill("processor-1", signal.SIGTERM)
    stack.wait_for("processor-1")
    saw("9 of 9 completed, no try spent, no crash counted")


@contextmanager
def small_disk(stack, name, *, size_mib):
    """Give a processor a separate full disk. Needs the right to mount."""
    folder = stack.scratch_dir / name
    stack.supervisor.stop_processes([name], seconds=60)
    folder.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size_mib}m", "tmpfs", str(folder)]
    done = subprocess.run(mount, check=False)
    if done.returncode:
        stack.start(name)
        pytest.skip("nobody here may mount a disk")
    try:
        stack.start(name)
        yield
    finally:
        stack.supervisor.stop_processes([name], seconds=60)
        subprocess.run(["umount", str(folder)], check=True)
        stack.start(name)


@pytest.mark.faults_long
@pytest.mark.story(
    fault="The disk of one of three processors is full",
    how="its scratch is a tmpfs of 32 MiB, while 9 jobs are ordered",
    wanted="its lack of space spends no try: it takes nothing that is too large, and the others continue",
)
def test_a_processor_has_no_room(stack, driver, clip, saw):
    with small_disk(stack, "processor-3", size_mib=32):
        watches = ask_for_nine(driver, clip)
        assert not driver.wait_for_all(seconds=BACK_SECONDS)
        check_no_loss(stack, watches)
    assert {watch.sightings[-1].status for watch in watches} == {"completed"}
    saw("9 of 9 completed, no try spent")


@pytest.mark.faults_long
@pytest.mark.story(
    fault="Every result is answered with 500",
    how="the proxy answers POST …/complete with 500 for all processors",
    wanted="it stops retrying: the attempt is given up with its own error code, and the slot is free again",
)
def test_every_result_is_answered_with_500(stack, driver, clip, saw):
    links = stack.links_to("job-service", of="processor-")
    for link in links:
        link.set_fault(Fault(failing_path=r"/complete$"))
    watch = driver.make(clip)

    def is_given_up():
        return any(task["failures"] for task in find_tasks(stack, watch, status="pending"))

    assert wait_until(is_given_up, seconds=420, step_seconds=1)
    [task] = [task for task in find_tasks(stack, watch, status="pending") if task["failures"]]
    stack.links.restore()
    assert task["error"]["code"]
    assert not driver.wait_for_all(seconds=BACK_SECONDS)
    saw(f"given up as `{task['error']['code']}`; the next attempt completed the job")


@pytest.mark.faults_long
@pytest.mark.story(
    fault="A processor freezes for 150 s and comes back",
    how="SIGSTOP of the processor and its ffmpeg in mid-encode; SIGCONT when another one has done its task",
    wanted="its late calls are refused; one publication, of the other's files",
)
def test_a_processor_comes_back_from_the_dead(stack, driver, watch, saw):
    zombie = find_worker(stack, watch)
    with stack.frozen(zombie):
        time.sleep(150)
        driver.wait_for_all(seconds=LEASED_SECONDS)
    time.sleep(10)
    assert watch.sightings[-1].status == "completed"
    status, _ = read_health(stack, zombie)
    assert status == 200
    saw("completed by another processor while it was frozen; nothing changed when it came back")


@pytest.mark.faults_long
@pytest.mark.story(
    fault="ffmpeg is killed in mid-encode",
    how="kill -9 of ffmpeg only",
    wanted="the attempt fails at once and is retried without waiting for the lease",
)
def test_ffmpeg_is_killed(stack, driver, watch, saw):
    signal_ffmpegs(stack, signal.SIGKILL)

    def is_tried_again():
        return any(task["attempt"] > 1 for task in find_tasks(stack, watch, status="running"))

    assert wait_until(is_tried_again, seconds=AT_ONCE_SECONDS, step_seconds=0.5)
    assert not driver.wait_for_all(seconds=BACK_SECONDS)
    assert count_losses(stack, [watch]) == {"failures": 1, "crashes": 0, "interruptions": 0}
    saw("retried before a lease could have expired, and completed")
