"""Scratch folders end with their attempt, and those of the dead with the next start."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from video_processor.adapters.scratch import Scratch
from video_processor.errors import ScratchFull


def test_an_attempts_folder_is_private_and_gone_after_an_error(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path)
    with pytest.raises(KeyError), scratch.open_attempt("task", attempt=1) as folder:
        assert folder.stat().st_mode & 0o077 == 0
        (folder / "source").write_bytes(b"x")
        raise KeyError
    assert not folder.exists()
    scratch.close()
    assert list(tmp_path.iterdir()) == []


def test_a_start_removes_the_folders_of_the_dead_and_leaves_those_of_the_living(tmp_path: Path) -> None:
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
