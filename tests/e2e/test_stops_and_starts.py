"""The whole stack is stopped and started, or its supervisor is killed, while a film is being
encoded."""

import os
import signal
import subprocess
import time

import pytest

from demo.workflow import create_job
from infra.local.processes.health import wait_until
from infra.local.processes.supervisor import is_alive
from tests.e2e.film import make_video

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

#: Half of a lease: work that resumes sooner did not wait until the lease expired.
_AT_ONCE_SECONDS = 45
_OUTLIVED_SECONDS = 5


@pytest.fixture
def encode(client, film_4k):
    """A job that is being encoded; it is cancelled at the end."""
    video = make_video(client, film_4k)
    job = create_job(client, video["id"], formats=["4K"])
    assert wait_until(lambda: is_encoding(client, job["id"]), seconds=90, step_seconds=0.2)
    yield job
    client.post(f"jobs/{job['id']}/cancel", {})


def is_encoding(client, job_id):
    job = client.get(f"jobs/{job_id}")
    return job["phase"] == "encoding" and job["progress_percent"] >= 10


def find_encode(admin, job_id):
    [task] = admin.get("admin/tasks", job_id=job_id, kind="encode")["items"]
    return task


def list_descendants(pid):
    """Return the ids of all descendants of this process, even those in other sessions."""
    lines = subprocess.run(
        ["ps", "-e", "-o", "pid=,ppid="], capture_output=True, text=True, check=True
    ).stdout
    pairs = (line.split() for line in lines.splitlines())
    parents = {int(own): int(parent) for own, parent in pairs}

    def is_below(found):
        while found := parents.get(found, 0):
            if found == pid:
                return True
        return False

    return {found for found in parents if is_below(found)}


def test_what_was_stopped_in_mid_encode_goes_on_at_the_next_start(stack, client, admin, encode):
    stack.down()
    stack.up()
    began = time.monotonic()

    def is_at_work_again():
        return find_encode(admin, encode["id"])["attempt"] == 2

    assert wait_until(is_at_work_again, seconds=_AT_ONCE_SECONDS, step_seconds=0.5)
    assert time.monotonic() - began < _AT_ONCE_SECONDS
    task = find_encode(admin, encode["id"])
    assert (task["interruptions"], task["crashes"], task["failures"]) == (1, 0, 0)


def test_a_task_api_that_restarts_during_a_drain_costs_no_crash(stack, admin, encode):
    supervisor = stack.supervisor
    name = find_encode(admin, encode["id"])["processor_id"]
    supervisor.stop_processes(["task-api"], seconds=30)
    supervisor.stop_processes([name], seconds=0)  # starts to drain, with no API to report to
    time.sleep(2)
    supervisor.start_processes(["task-api"])
    assert wait_until(lambda: not supervisor.list_processes()[name].pid, seconds=60)
    task = find_encode(admin, encode["id"])
    supervisor.start_processes([name])
    assert (task["crashes"], task["failures"]) == (0, 0)
    assert task["interruptions"] == 1


def test_nothing_outlives_a_killed_supervisor_and_the_next_start_succeeds(stack, client, admin, encode):
    supervisor = stack.supervisor.find_pid()
    processes = list_descendants(supervisor)
    assert len(processes) > len(stack.supervisor.list_processes())  # gunicorn's workers, ffmpeg, PostgreSQL's
    os.kill(supervisor, signal.SIGKILL)
    wait_until(lambda: not any(map(is_alive, processes)), seconds=_OUTLIVED_SECONDS)
    left = [pid for pid in processes if is_alive(pid)]
    stack.up()
    assert not left
    assert client.get(f"jobs/{encode['id']}")["status"] == "processing"
