"""Folders for files in work: one per attempt, gone when the attempt ends, however it ends.

    {SCRATCH_DIR}/{random}/          one per process, with a locked file `.owner` in it
    {SCRATCH_DIR}/{random}/{task}-{attempt}/
    {SCRATCH_DIR}/{random}/cached-source  see source_cache.py

A process that was killed leaves its folder; the next one to start on the machine sees that the lock is
free and removes it. A folder that somebody else has removed, such as a cleaner of temporary files, is made
anew before the next task.
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

#: left free for others on the machine, and for what the encode writes before it is uploaded
_RESERVE_BYTES: Final = 256 << 20
#: What a file needs to be more than its name. Programs that run dry leave less, and say nothing of it.
_FULL_BYTES: Final = 8 << 20
#: A process that is just starting has made its folder and not yet its owner.
_STARTING_SECONDS: Final = 60.0


class Scratch:
    """This process's part of the scratch folder. Raises OSError where it cannot be made."""

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
        """Make sure that a file can be written, in a folder that is made anew where it is gone. Raises
        OSError."""
        if not self._home.is_dir():
            log.warning("the scratch folder is gone and is made anew", folder=str(self._home))
            self.source_cache.drop()
            self._owner.close()
            self._make_home()
        owner = self._home / OWNER
        if owner.exists():
            os.utime(owner)  # cleaners of temporary files go by age
        else:
            self._owner.close()
            self._owner = own_folder(self._home)
        probe = self._home / ".probe"
        probe.write_bytes(b"x" * 4096)
        probe.unlink()

    def measure_room(self) -> int:
        """Return the bytes that tasks can have: what is free, and what the kept source would make free,
        without the reserve. 0 where nobody can say."""
        try:
            free = shutil.disk_usage(self._home).free
        except OSError:
            return 0
        return max(0, free + self.source_cache.size_bytes - _RESERVE_BYTES)

    def is_full(self) -> bool:
        """Whether there is no room for a few MB more, here or among the temporary files: what a program wrote
        last, or should have, is then not to be believed."""
        for folder in (self._home, Path(tempfile.gettempdir())):
            with contextlib.suppress(OSError):
                if shutil.disk_usage(folder).free < _FULL_BYTES:
                    return True
        return False

    def close(self) -> None:
        self.source_cache.drop()
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
            self.source_cache.drop()
        if shutil.disk_usage(self._home).free < wanted:
            raise build_scratch_full()


def _remove_orphans(root: Path) -> None:
    for folder in root.iterdir():
        if remove_orphan(folder, unowned_seconds=_STARTING_SECONDS, only_empty=True):
            log.info("scratch of a processor that is gone was removed", folder=folder.name)
