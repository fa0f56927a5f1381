"""Folders for files in work: one per attempt, gone when the attempt ends, however it ends.

    {SCRATCH_DIR}/{random}/          one per process, with a locked file `.owner` in it
    {SCRATCH_DIR}/{random}/{task}-{attempt}/
    {SCRATCH_DIR}/{random}/kept-source  see kept_source.py

A process that was killed leaves its folder; the next one to start on the machine sees that the lock is
free and removes it.
"""

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from video_processor.adapters.kept_source import KeptSource
from video_processor.errors import ScratchFull
from videoforge.logs import get_logger

log = get_logger("SYSTEM")

_OWNER: Final = ".owner"
#: left free for others on the machine, and for what the encode writes before it is uploaded
_RESERVE_BYTES: Final = 256 << 20


class Scratch:
    """This process's part of the scratch folder. Raises OSError where it cannot be made."""

    def __init__(self, root: Path) -> None:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        _remove_orphans(root)
        self._home = Path(tempfile.mkdtemp(dir=root))  # mode 700
        self._owner = _own(self._home)
        self.shelf = KeptSource(self._home)

    def close(self) -> None:
        self.shelf.drop()
        shutil.rmtree(self._home, ignore_errors=True)
        self._owner.close()

    @contextmanager
    def open_attempt(self, task_id: str, *, attempt: int) -> Iterator[Path]:
        """Yield an empty folder that is removed at the end, errors and cancellation included."""
        folder = self._home / f"{task_id}-{attempt}"
        folder.mkdir(mode=0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def check_space(self, *, source_bytes: int) -> None:
        """Raise ScratchFull when the source and as much again would not fit: before the download, since
        ffmpeg ends a disk that fills up with exit code 0 and a broken file. What is kept goes first."""
        wanted = 2 * source_bytes + _RESERVE_BYTES
        if shutil.disk_usage(self._home).free < wanted:
            self.shelf.drop()
        if shutil.disk_usage(self._home).free < wanted:
            raise ScratchFull(
                "scratch_full",
                "The machine that should encode the video has too little disk space.",
                hint="It is tried again, on another machine where there is one.",
            )


def _own(home: Path) -> BinaryIO:
    """Return the locked file. It gets its name when it is locked: a processor that starts at the same time
    would take a file that is there and free for a dead one's."""
    path = home / f"{_OWNER}.new"
    file = path.open("w+b")
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    path.rename(home / _OWNER)
    return file


def _remove_orphans(root: Path) -> None:
    for folder in root.iterdir():
        owner = folder / _OWNER
        try:
            with owner.open("r+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue  # in use, or not one of ours
        log.info("scratch of a processor that is gone was removed", folder=folder.name)
