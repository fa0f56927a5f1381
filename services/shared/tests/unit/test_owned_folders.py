"""Temporary folders are removed with their process, and those of a killed process at the next
start."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from videoforge.owned_folders import make_owned_folder, remove_orphans, remove_owned_folder

#: Makes a folder, forks a child as gunicorn does, prints both ids, and waits.
PROGRAM = """
import os, pathlib, sys, time
from videoforge.owned_folders import make_owned_folder
folder = make_owned_folder("metrics", root=pathlib.Path(sys.argv[1]))
child = os.fork()
if child:
    print(child, flush=True)
time.sleep(60)
"""


def test_a_folder_that_is_in_use_stays_and_one_that_is_given_back_is_gone(tmp_path: Path) -> None:
    folder = make_owned_folder("inspect", root=tmp_path)
    (folder / "source").write_bytes(b"x")
    assert remove_orphans(tmp_path) == []
    remove_owned_folder(folder)
    remove_owned_folder(folder)
    assert not list(tmp_path.iterdir())


def test_what_a_killed_process_left_goes_when_its_children_are_gone_too(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", PROGRAM, str(tmp_path)], stdout=subprocess.PIPE) as master:
        assert master.stdout is not None
        worker = int(master.stdout.readline())
        master.kill()
        master.wait()
        assert remove_orphans(tmp_path) == []  # a worker still writes its figures there
        os.kill(worker, 9)
        ends_at = time.monotonic() + 10
        while not (removed := remove_orphans(tmp_path)) and time.monotonic() < ends_at:
            time.sleep(0.05)
    assert len(removed) == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("age_seconds", "is_left"), [(3600, True), (25 * 3600, False)])
def test_a_folder_without_an_owner_is_left_for_a_day(
    tmp_path: Path, age_seconds: float, is_left: bool
) -> None:
    folder = tmp_path / "videoforge-metrics-a1b2c3d4"
    folder.mkdir()
    (folder / "histogram_1.db").touch()
    for path in (folder / "histogram_1.db", folder):
        os.utime(path, (time.time() - age_seconds,) * 2)
    remove_orphans(tmp_path)
    assert folder.exists() == is_left


def test_links_and_the_folders_of_others_are_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / ".owner").touch()
    (tmp_path / "videoforge-link-a1b2c3d4").symlink_to(kept)
    for name in ("other-a1b2c3d4", "videoforge-test-ports-0"):
        (tmp_path / name).mkdir()
        (tmp_path / name / ".owner").touch()
    foreign = tmp_path / "videoforge-inspect-a1b2c3d4"
    foreign.mkdir()
    (foreign / ".owner").touch()
    with monkeypatch.context() as patch:
        patch.setattr(os, "geteuid", lambda: 12345)
        assert remove_orphans(tmp_path) == []
    assert remove_orphans(tmp_path) == ["videoforge-inspect-a1b2c3d4"]
    assert (kept / ".owner").exists()
