"""A clip arrives while a film fills every slot of every processor."""

import os
import signal
import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import pytest

from demo.errors import DemoError
from demo.media_tools import make
from demo.workflow import create_job
from infra.local.processes.health import wait_until
from infra.local.processes.services import is_processor
from tests.e2e.film import SAMPLE, make_video, transcode
from tests.servers.processes import list_family

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

#: What a clip may wait beyond its own time.
_WAIT_SECONDS = 10


@pytest.fixture
def clip(tmp_path):
    return repeat_sample(tmp_path / "clip.mp4", seconds=10)


@pytest.fixture
def film_job(client, tmp_path):
    """A job in chunks of 24 s; it is cancelled at the end."""
    video = make_video(client, repeat_sample(tmp_path / "film.mp4", seconds=150))
    job = create_job(client, video["id"], formats=["720p", "480p"])
    yield job
    with suppress(DemoError):  # the test has cancelled it
        client.post(f"jobs/{job['id']}/cancel", {})


@pytest.fixture
def freeze():
    """Stops processes, and lets them go on at the end."""
    frozen = set()

    def stop(pids):
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
                frozen.add(pid)

    yield stop
    for pid in frozen:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def repeat_sample(target, *, seconds):
    make(["-stream_loop", "-1", "-i", str(SAMPLE), "-t", str(seconds), "-c", "copy"], target=target)
    return target


def list_encoders(stack):
    """Return the pids of ffmpeg of each processor."""
    states = stack.supervisor.list_processes()
    processors = {name: state.pid for name, state in states.items() if is_processor(name)}
    return {name: [pid for pid in list_family(pid) if is_ffmpeg(pid)] for name, pid in processors.items()}


def is_ffmpeg(pid):
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return b"ffmpeg" in words[0].rpartition(b"/")[2]


def fill_slots(stack, freeze):
    """Freeze what the film's chunks run, until no slot is free any more."""
    assert wait_until(lambda: all(list_encoders(stack).values()), seconds=120, step_seconds=0.2)
    for _ in range(10):  # a processor may just have been between two chunks
        encoders = list_encoders(stack)
        freeze(pid for pids in encoders.values() for pid in pids)
        time.sleep(0.5)
    assert list_encoders(stack) == encoders
    assert len(encoders) == 2
    assert all(encoders.values())


def test_a_clip_is_published_while_every_slot_is_taken(stack, sign_up, client, admin, clip, film_job, freeze):
    """The chunks stand still, so that no slot can become free in the meantime."""
    other = sign_up()
    video = make_video(other, clip)
    assert wait_until(
        lambda: client.get(f"jobs/{film_job['id']}")["progress_percent"] >= 10, seconds=300, step_seconds=0.5
    )
    fill_slots(stack, freeze)
    job = transcode(other, video, formats=["480p"], seconds=60)
    film = client.get(f"jobs/{film_job['id']}")
    assert (film["status"], all(list_encoders(stack).values())) == ("processing", True)
    assert [item["format"] for item in other.get(f"stream/{video['id']}")["renditions"]] == ["480p"]
    tasks = admin.get("admin/tasks", job_id=job["id"])["items"]
    waits = {task["kind"]: count_seconds(task["created_at"], task["started_at"]) for task in tasks}
    assert waits.keys() == {"prepare", "encode", "assemble"}
    assert sum(waits.values()) <= _WAIT_SECONDS, waits


def count_seconds(since, until):
    return (datetime.fromisoformat(until) - datetime.fromisoformat(since)).total_seconds()
