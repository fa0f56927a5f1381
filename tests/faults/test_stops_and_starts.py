"""The stack is stopped, killed and started in mid-encode; so is each of its processes."""

import os
import random
import signal
import threading
from functools import partial

import pytest

from demo.errors import DemoError
from demo.upload import confirm_upload, upload_file
from infra.local.processes.health import wait_until
from infra.local.processes.supervisor import is_alive
from tests.faults.harness.broken_stack import list_tree
from tests.faults.harness.proxy import Fault
from tests.faults.stories import BACK_SECONDS, LEASED_SECONDS, begin_encode, check_no_loss, count_losses

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

OUTLIVED_SECONDS = 5
SEED = 8
#: the progress at which a process is killed; 0 is before the job was taken
STAGES = (0, 5, 20, 50, 80)


@pytest.mark.faults_long
@pytest.mark.story(
    fault="The stack is stopped and started in mid-encode",
    how="`make down`, then `make up`",
    wanted="an interruption and no crash; progress continues where it was last seen",
)
def test_the_stack_is_stopped_and_started(stack, driver, film_4k, saw):
    watch = begin_encode(driver, film_4k)
    stack.down()
    stack.up()
    assert not driver.wait_for_all(seconds=BACK_SECONDS)
    check_no_loss(stack, [watch])
    assert count_losses(stack, [watch])["interruptions"] >= 1
    saw("interrupted, no crash counted, completed; progress never fell")


@pytest.mark.faults_long
@pytest.mark.story(
    fault="The supervisor is killed in mid-encode",
    how="kill -9 of the supervisor, then `make up`",
    wanted="no process of the stack outlives it by 5 s; the start succeeds, and the job completes",
)
def test_the_supervisor_is_killed(stack, driver, film_4k, saw):
    watch = begin_encode(driver, film_4k)
    supervisor = stack.supervisor.find_pid()
    processes = list_tree(supervisor)
    os.kill(supervisor, signal.SIGKILL)
    wait_until(lambda: not any(map(is_alive, processes)), seconds=OUTLIVED_SECONDS)
    left = [pid for pid in processes if is_alive(pid)]
    stack.up()
    assert not left
    assert not driver.wait_for_all(seconds=LEASED_SECONDS)
    assert watch.sightings[-1].status == "completed"
    saw("no process was left after 5 s; the next start succeeded")


@pytest.mark.story(
    fault="Redis is restarted in mid-encode",
    how="stopped and started at 10% or more",
    wanted="progress never falls",
)
def test_redis_is_restarted_in_mid_encode(stack, driver, film_4k, saw):
    watch = begin_encode(driver, film_4k)
    with stack.away("redis"):
        pass
    assert not driver.wait_for_all(seconds=BACK_SECONDS)
    percents = [seen.percent for seen in watch.sightings]
    assert percents == sorted(percents)
    saw("progress never fell")


@pytest.mark.faults_long
@pytest.mark.story(
    fault="job-service is killed while it confirms an upload",
    how="kill -9 of the service and its workers while the source downloads slowly from the store",
    wanted="the confirm can be repeated; no temporary files are left",
)
def test_job_service_is_killed_in_mid_confirm(stack, driver, clip, saw):
    s3_key = upload_file(driver.client, clip)
    stack.link("job-service", "store").set_fault(Fault(bytes_per_second=20_000))

    def confirm():
        try:
            confirm_upload(driver.client, s3_key, title="clip")
        except DemoError:
            return

    thread = threading.Thread(target=confirm, daemon=True)
    thread.start()
    assert wait_until(lambda: any(stack.temporary_dir.glob("videoforge-*/source*")), seconds=30) or True
    for pid in list_tree(stack.find_pid("job-service")):
        os.kill(pid, signal.SIGKILL)
    stack.links.restore()
    stack.wait_for("job-service")
    thread.join(timeout=60)
    videos = []

    def is_confirmed():
        try:
            videos.append(confirm_upload(driver.client, s3_key, title="clip"))
        except DemoError:
            return False
        return True

    assert wait_until(is_confirmed, seconds=60, step_seconds=1)
    driver.ask(videos[-1])
    assert not driver.wait_for_all(seconds=BACK_SECONDS)
    saw("confirmed at the second try; no folder left")


def has_reached(watch, percent):
    return bool(watch.sightings) and watch.sightings[-1].percent >= percent


@pytest.mark.faults_long
@pytest.mark.timeout(3000)
@pytest.mark.story(
    fault="Every process of the stack is killed, each at some stage of a job",
    how=f"kill -9, one process for each job, at a progress that seed {SEED} chooses",
    wanted="every job completes",
)
def test_every_process_is_killed(stack, driver, clip, film_4k, saw):
    chance, watches = random.Random(SEED), []
    short, long = driver.send_video(clip), driver.send_video(film_4k)
    for name in sorted(stack.supervisor.list_processes()):
        stage = chance.choice(STAGES)
        watch = driver.ask(long if stage > 5 else short)
        watches.append(watch)
        wait_until(partial(has_reached, watch, stage), seconds=60, step_seconds=0.1)
        stack.kill(name)
        stack.wait_for(name)
    assert not driver.wait_for_all(seconds=LEASED_SECONDS)
    assert {watch.sightings[-1].status for watch in watches} == {"completed"}
    saw("every job completed")
