"""Scratch folders: removed after their block, and refused if the disk has no space."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from job_service.videos import media_inspector
from job_service.videos.media_inspector import DiskScratch
from videoforge.problems import Problem


def test_a_folder_is_removed_after_its_block_whatever_happens(tmp_path: Path) -> None:
    scratch = DiskScratch(str(tmp_path / "scratch"))
    with pytest.raises(ZeroDivisionError), scratch.open(needed_bytes=10) as folder:
        (folder / "source").write_bytes(b"x")
        raise ZeroDivisionError
    assert not list((tmp_path / "scratch").iterdir())


def test_promised_space_is_not_promised_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free = SimpleNamespace(free=media_inspector._RESERVE_BYTES + 100)
    monkeypatch.setattr(media_inspector.shutil, "disk_usage", lambda _folder: free)
    scratch = DiskScratch(str(tmp_path))
    with scratch.open(needed_bytes=60):
        with pytest.raises(Problem, match="scratch_unavailable"), scratch.open(needed_bytes=60):
            pass
        with scratch.open(needed_bytes=40):
            pass
    with scratch.open(needed_bytes=100):
        pass


def test_what_a_killed_process_left_is_removed_at_the_next_start(tmp_path: Path) -> None:
    killed = """
import os, pathlib, sys
from job_service.videos.media_inspector import DiskScratch
with DiskScratch(sys.argv[1]).open(needed_bytes=10) as folder:
    (folder / "source").write_bytes(b"x")
    os.kill(os.getpid(), 9)
"""
    ended = subprocess.run([sys.executable, "-c", killed, str(tmp_path)], check=False)
    assert ended.returncode == -9
    assert len(list(tmp_path.glob("*/source"))) == 1
    with DiskScratch(str(tmp_path)).open(needed_bytes=10) as folder:
        assert list(tmp_path.iterdir()) == [folder]
        DiskScratch(str(tmp_path))  # another process starts: a folder in use stays
        assert folder.exists()
