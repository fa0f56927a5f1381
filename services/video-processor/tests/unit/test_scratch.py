"""Scratch folders are removed with their attempt, and those of killed processes at the next
start."""

import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from video_processor.errors import ScratchFull
from video_processor.scratch import Scratch


def test_an_attempts_folder_is_private_and_gone_after_an_error(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path)
    with pytest.raises(KeyError), scratch.open_attempt("task", attempt=1) as folder:
        assert folder.stat().st_mode & 0o077 == 0
        (folder / "source").write_bytes(b"x")
        raise KeyError
    assert not folder.exists()
    scratch.close()
    assert list(tmp_path.iterdir()) == []


def test_a_start_removes_the_folders_of_killed_processes_and_leaves_those_of_running_ones(
    tmp_path: Path,
) -> None:
    living, dead = Scratch(tmp_path), Scratch(tmp_path)
    dead._owner.close()  # as the kernel does when a process is killed
    foreign = tmp_path / "somebody-elses"
    foreign.mkdir()
    newcomer = Scratch(tmp_path)
    assert living._home.exists()
    assert not dead._home.exists()
    assert foreign.exists()
    for scratch in (living, newcomer):
        scratch.close()


def test_too_little_space_is_seen_before_the_download(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path)
    scratch.check_space(source_bytes=1)
    with pytest.raises(ScratchFull):
        scratch.check_space(source_bytes=1 << 60)
    scratch.close()


def test_processors_that_start_together_leave_each_other_alone(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as starts:
        for _ in range(50):
            together = list(starts.map(Scratch, [tmp_path] * 8))
            assert all(scratch._home.exists() for scratch in together)
            for scratch in together:
                scratch.close()


def make_older(folder: Path) -> None:
    then = time.time() - 3600
    for path in (*folder.glob("*"), folder):
        os.utime(path, (then, then))


def test_what_a_process_left_that_was_killed_while_it_started_is_removed_too(tmp_path: Path) -> None:
    """Killed before the folder had its owner file, or before that file had its name."""
    names = ("nameless", "unnamed", "starting", "of_others")
    nameless, unnamed, _, of_others = folders = [tmp_path / name for name in names]
    for folder in folders:
        folder.mkdir()
    (unnamed / ".owner.new").touch()
    (of_others / "film.mp4").touch()
    for folder in (nameless, unnamed, of_others):
        make_older(folder)
    scratch = Scratch(tmp_path)
    assert [folder.exists() for folder in folders] == [False, False, True, True]
    scratch.close()


def test_a_folder_that_was_removed_is_created_again_and_is_ours_again(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path / "scratch")
    shutil.rmtree(tmp_path / "scratch")
    scratch.check()
    with scratch.open_attempt("task", attempt=1) as folder:
        (folder / "source").write_bytes(b"x")
    other = Scratch(tmp_path / "scratch")
    assert scratch._home.exists(), "its owner lives"
    for each in (scratch, other):
        each.close()


def test_an_owner_that_a_cleaner_removed_costs_no_work_at_hand(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path)
    with scratch.open_attempt("task", attempt=1) as folder:
        (scratch._home / ".owner").unlink()
        scratch.check()
        assert folder.exists()
        Scratch(tmp_path).close()
        assert folder.exists()
    scratch.close()


def test_a_check_keeps_the_owner_young_for_cleaners_that_go_by_age(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path)
    owner = scratch._home / ".owner"
    make_older(owner)
    scratch.check()
    assert time.time() - owner.stat().st_mtime < 60
    scratch.close()


def test_room_is_what_is_free_without_the_reserve(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path)
    free = shutil.disk_usage(tmp_path).free
    assert scratch.measure_room() == pytest.approx(free - (256 << 20), rel=0.2)
    shutil.rmtree(tmp_path)
    assert scratch.measure_room() == 0
    tmp_path.mkdir()
    scratch.close()
