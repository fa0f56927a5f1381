"""What a user and an operator do with the containers: the demo, more processors, a kill, a
restart."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from demo.api_client import ApiClient
from demo.playback import play_video
from demo.workflow import create_job, watch_job
from infra.local.processes.health import wait_until
from tests.compose.conftest import PASSWORD
from tests.compose.containers import SERVICES, run
from tests.e2e.film import SAMPLE, QuietView, count_frames, make_video, transcode
from tests.house.repository import ROOT

pytestmark = [pytest.mark.compose, pytest.mark.timeout(900)]

#: After the kill the lease must expire, and the message that the dead processor hid must return.
_AFTER_A_KILL_SECONDS = 400
#: Other projects may run on the same machine.
_WARM_START_SECONDS = 60


def find_encoder(admin, job_id):
    """Return the name of the processor that encodes the job, or "" if none does."""
    tasks = admin.get("admin/tasks", job_id=job_id, kind="encode", status="running")["items"]
    return tasks[0]["processor_id"] if tasks else ""


def is_encoding(client, job_id):
    job = client.get(f"jobs/{job_id}")
    return job["phase"] == "encoding" and job["progress_percent"] >= 10


def find_unnamed_volumes(stack):
    """Return the names of the volumes that the engine named itself, such as scratch folders."""
    containers = [stack.inspect(container) for container in stack.list_containers()]
    volumes = {mount["Name"] for seen in containers for mount in seen["Mounts"] if mount["Type"] == "volume"}
    return {name for name in volumes if not name.startswith(stack.project)}


def test_the_demo_passes_on_the_containers(stack):
    own = {"VIDEOFORGE_URL": stack.origin, "VIDEOFORGE_EMAIL": "demo@example.com"}
    own["VIDEOFORGE_PASSWORD"] = stack.secrets["DEMO_PASSWORD"]
    done = subprocess.run(
        [sys.executable, "-m", "demo"],
        cwd=ROOT,
        env={**os.environ, **own, "COLUMNS": "160"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("/master.m3u8") == 2


def test_three_processors_share_ten_videos(stack, sign_up, admin):
    stack.make("scale", "N=3")
    stack.await_health()
    assert len(stack.list_containers("video-processor")) == 3
    client = sign_up()
    with ThreadPoolExecutor(10) as people:
        videos = list(people.map(lambda number: make_video(client, SAMPLE, tags=[f"n{number}"]), range(10)))
        done = list(people.map(lambda video: transcode(client, video, formats=["480p"], seconds=600), videos))
    assert {job["status"] for job in done} == {"completed"}
    tasks = [
        task for job in done for task in admin.get("admin/tasks", job_id=job["id"], kind="encode")["items"]
    ]
    processors = {task["processor_id"].rpartition("-")[0] for task in tasks}
    containers = {container[:12] for container in stack.list_containers("video-processor")}
    assert processors == containers


def test_a_processor_killed_in_mid_encode_loses_nothing(stack, client, admin, film_4k):
    stack.up(processors=2)
    video = make_video(client, film_4k)
    job = create_job(client, video["id"], formats=["1080p"])
    assert wait_until(lambda: is_encoding(client, job["id"]), seconds=120, step_seconds=0.2)
    container = find_encoder(admin, job["id"]).rpartition("-")[0]
    assert container
    run(["docker", "kill", "-s", "KILL", container])
    view = QuietView()
    watch_job(client, job["id"], title="4K", view=view, seconds=_AFTER_A_KILL_SECONDS)
    assert view.percents == sorted(view.percents)
    [rendition] = play_video(client, video).renditions
    assert rendition.frames == count_frames(film_4k)
    attempts = [task["attempt"] for task in admin.get("admin/tasks", job_id=job["id"])["items"]]
    assert max(attempts) > 1


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_a_service_restarted_during_a_job_delays_it_and_no_more(stack, client, film_4k, service):
    stack.up(processors=2)
    video = make_video(client, film_4k)
    job = create_job(client, video["id"], formats=["480p"])
    assert wait_until(lambda: is_encoding(client, job["id"]), seconds=120, step_seconds=0.2)
    stack.compose("restart", service)
    stack.await_health()
    assert wait_until(
        lambda: client.get(f"jobs/{job['id']}")["status"] == "completed", seconds=300, step_seconds=1
    )

    def is_ready():
        answer = client.send("GET", f"gallery/videos/{video['id']}")
        return answer.ok and answer.json()["status"] == "ready"

    assert wait_until(is_ready, seconds=60, step_seconds=0.5)
    assert len(play_video(client, video).renditions) == 1


def test_down_and_up_again_keeps_users_videos_and_jobs(stack, client):
    video = make_video(client, SAMPLE)
    job = transcode(client, video, formats=["480p"], seconds=300)
    scratch = find_unnamed_volumes(stack)
    stack.make("compose-down")
    left = run(["docker", "volume", "ls", "-q"]).stdout.split()
    assert scratch
    assert not scratch & set(left)
    began = time.monotonic()
    stack.up()
    seconds = time.monotonic() - began
    client.sign_in(client.user["email"], password=PASSWORD)
    assert client.get(f"jobs/{job['id']}")["status"] == "completed"
    assert play_video(client, video).renditions[0].frames == count_frames(SAMPLE)
    assert seconds < _WARM_START_SECONDS, f"a warm start took {seconds:.0f} s"


def find_encode(admin, job_id):
    [task] = admin.get("admin/tasks", job_id=job_id, kind="encode")["items"]
    return task


@pytest.mark.parametrize("way", ["make compose-down", "docker compose down"])
def test_down_in_mid_encode_hands_the_task_back_and_it_goes_on_at_once(stack, client, film_4k, way):
    video = make_video(client, film_4k)
    job = create_job(client, video["id"], formats=["1080p"])
    assert wait_until(lambda: is_encoding(client, job["id"]), seconds=120, step_seconds=0.2)
    stack.make("compose-down") if way.startswith("make") else stack.compose("down")
    stack.up()
    operator = ApiClient(stack.origin)
    operator.sign_in("admin@example.com", password=stack.secrets["ADMIN_PASSWORD"])

    def is_at_work_again():
        return find_encode(operator, job["id"])["attempt"] == 2

    assert wait_until(is_at_work_again, seconds=45, step_seconds=0.5)  # a lease is 90
    task = find_encode(operator, job["id"])
    assert (task["interruptions"], task["crashes"], task["failures"]) == (1, 0, 0)
    operator.close()
    client.sign_in(client.user["email"], password=PASSWORD)
    client.post(f"jobs/{job['id']}/cancel", {})


def test_a_backup_is_restored_after_everything_was_wiped_and_its_videos_play(stack, client, tmp_path):
    video = make_video(client, SAMPLE)
    job = transcode(client, video, formats=["480p"], seconds=300)
    scripts, folder = ROOT / "infra/local/containers", str(tmp_path / "backup")
    run([str(scripts / "backup.sh"), folder, *stack.command])
    stack.compose("down", "-v")
    run([str(scripts / "restore.sh"), folder, *stack.command])
    stack.await_health()
    client.sign_in(client.user["email"], password=PASSWORD)
    assert client.get(f"jobs/{job['id']}")["status"] == "completed"
    assert play_video(client, video).renditions[0].frames == count_frames(SAMPLE)
    again = transcode(client, make_video(client, SAMPLE), formats=["480p"], seconds=300)
    assert again["status"] == "completed"
