"""Processes that outlived a killed supervisor are found by their files, and no others are
touched."""

import json
import subprocess
import sys

import pytest

from infra.local.processes import with_environment
from infra.local.processes.health import wait_until
from infra.local.processes.leftovers import end_leftovers, find_leftovers

pytestmark = pytest.mark.integration


@pytest.fixture
def notes(tmp_path):
    folder = tmp_path / "processes"
    folder.mkdir()
    return folder


@pytest.fixture
def start(tmp_path, notes):
    """Starts a shell with a child of its own, as the supervisor starts processes: start(name) ->
    Popen."""
    started = []

    def run(name):
        variables = tmp_path / "variables.json"
        variables.write_text(json.dumps({"NAME": name}))
        launcher = [sys.executable, "-I", with_environment.__file__, str(variables), str(notes / name)]
        process = subprocess.Popen([*launcher, "sh", "-c", "sleep 60 & wait"], process_group=0)
        started.append(process)
        assert wait_until(lambda: name in find_leftovers(notes), seconds=10)
        return process

    yield run
    for process in started:
        process.kill()
        process.wait()


def count_members(group):
    done = subprocess.run(["pgrep", "-c", "-g", str(group), "-r", "R,S,D"], capture_output=True, check=False)
    return int(done.stdout)


def test_a_leftover_ends_with_its_children(start, notes):
    process = start("relay")
    assert wait_until(lambda: count_members(process.pid) == 2, seconds=5)
    assert find_leftovers(notes) == {"relay": process.pid}
    assert end_leftovers(notes) == ["relay"]
    assert wait_until(lambda: count_members(process.pid) == 0, seconds=5)
    assert end_leftovers(notes) == []


def test_a_number_that_went_to_another_process_is_left_alone(start, notes):
    process = start("relay")
    note = notes / "relay"
    pid, started = note.read_text().split()
    note.write_text(f"{pid} {int(started) - 1}\n")
    assert find_leftovers(notes) == {}
    assert end_leftovers(notes) == []
    assert process.poll() is None


def test_a_broken_note_is_no_fault(notes):
    (notes / "relay").write_text("")
    (notes / "edge").write_text("x y z\n")
    assert end_leftovers(notes) == []
