"""Folders for working files: one per attempt, removed when the attempt ends, however it ends.

    {SCRATCH_DIR}/{random}/          one per process, with a locked file `.owner` in it
    {SCRATCH_DIR}/{random}/{task}-{attempt}/
    {SCRATCH_DIR}/{random}/cached-source-{n}  see source_cache.py

A process that was killed leaves its folder behind; the next one to start on the machine finds the
lock free and removes the folder. If something else removes a folder, such as a cleaner of temporary
files, it is created again before the next task.
"""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from video_processor.domain.machine import build_scratch_full
from video_processor.source_cache import SourceCache
from videoforge.logs import get_logger
from videoforge.owned_folders import OWNER, own_folder, remove_orphan

log = get_logger("SYSTEM")

#: left free for other programs, and for what the encode writes before it is uploaded
_RESERVE_BYTES: Final = 256 << 20
#: Below this a disk counts as full. A program that ran out of space leaves less than this free, and
#: may not report it.
_FULL_BYTES: Final = 8 << 20
#: A process that is just starting has created its folder but not yet the lock in it.
_STARTING_SECONDS: Final = 60.0


class Scratch:
    """This process's part of the scratch folder. Raises OSError if it cannot be created."""

    def __init__(self, root: Path) -> None:
        self._root = root
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        _remove_orphans(root)
        self._make_home()

    def _make_home(self) -> None:
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._home = Path(tempfile.mkdtemp(dir=self._root))  # mode 700
        self._owner = own_folder(self._home)
        self.source_cache = SourceCache(self._home)

    def check(self) -> None:
        """Check that a file can be written; a folder that is gone is created again. Raises
        OSError."""
        if not self._home.is_dir():
            log.warning("the scratch folder is gone and is created again", folder=str(self._home))
            self.source_cache.drop_all()
            self._owner.close()
            self._make_home()
        owner = self._home / OWNER
        if owner.exists():
            os.utime(owner)  # cleaners of temporary files remove by age
        else:
            self._owner.close()
            self._owner = own_folder(self._home)
        probe = self._home / ".probe"
        probe.write_bytes(b"x" * 4096)
        probe.unlink()

    def measure_room(self) -> int:
        """Return the bytes available to tasks: the free space plus the cached sources, minus the
        reserve. 0 if it cannot be determined."""
        try:
            free = shutil.disk_usage(self._home).free
        except OSError:
            return 0
        return max(0, free + self.source_cache.size_bytes - _RESERVE_BYTES)

    def is_full(self) -> bool:
        """Return whether less than a few MB are free here or in the system's temporary folder: what
        a program wrote last, or should have written, then cannot be trusted."""
        for folder in (self._home, Path(tempfile.gettempdir())):
            with contextlib.suppress(OSError):
                if shutil.disk_usage(folder).free < _FULL_BYTES:
                    return True
        return False

    def close(self) -> None:
        self.source_cache.drop_all()
        shutil.rmtree(self._home, ignore_errors=True)
        self._owner.close()

    @contextmanager
    def open_attempt(self, task_id: str, *, attempt: int) -> Iterator[Path]:
        """Yield an empty folder that is removed at the end, also after errors and cancellation."""
        folder = self._home / f"{task_id}-{attempt}"
        folder.mkdir(mode=0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def check_space(self, *, source_bytes: int) -> None:
        """Raise ScratchFull if so much of a source and as much again would not fit. Checked before
        the download, since on a full disk ffmpeg exits with code 0 and leaves a broken file. Cached
        sources are removed first."""
        wanted = 2 * source_bytes + _RESERVE_BYTES
        if shutil.disk_usage(self._home).free < wanted:
            self.source_cache.drop_all()
        if shutil.disk_usage(self._home).free < wanted:
            raise build_scratch_full()


def _remove_orphans(root: Path) -> None:
    for folder in root.iterdir():
        if remove_orphan(folder, unowned_seconds=_STARTING_SECONDS, only_empty=True):
            log.info("removed the scratch folder of a processor that no longer runs", folder=folder.name)
