"""Folders that belong to a process and end with it, however it ends: those among the temporary files, and
the lock by which a folder elsewhere is somebody's.

    {root}/videoforge-{name}-{random}/.owner     locked (flock) while the process or a child of it lives

A process that was killed leaves its folder; the next one to start sees that the lock is free and removes it.
"""

import fcntl
import os
import re
import shutil
import tempfile
import time
from pathlib import Path
from typing import BinaryIO, Final

_PREFIX: Final = "videoforge-"
#: What mkdtemp makes of the prefix; others may keep folders of like names.
_NAME: Final = re.compile(rf"{_PREFIX}(?:[a-z]+-)?[a-z0-9_]{{8}}")
OWNER: Final = ".owner"
_UNNAMED: Final = ".owner.new"
#: A folder without an owner is one whose process is just making it, or was killed while it did.
_UNOWNED_SECONDS: Final = 24 * 3600


_locks: dict[Path, BinaryIO] = {}


def make_owned_folder(name: str, *, root: Path | None = None) -> Path:
    """Return a new folder of mode 700, below the system's temporary files unless told."""
    path = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{name}-", dir=root))
    _locks[path] = own_folder(path)
    return path


def own_folder(folder: Path) -> BinaryIO:
    """Make the folder this process's for as long as the file returned is open, here or in a child.

    The lock's file gets its name when it is locked: a process that starts at the same time would take a file
    that is there and free for a dead one's."""
    lock = (folder / _UNNAMED).open("w+b")
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    (folder / _UNNAMED).rename(folder / OWNER)
    return lock


def remove_owned_folder(path: Path) -> None:
    """Remove a folder of this process with all that is in it; harmless a second time."""
    shutil.rmtree(path, ignore_errors=True)
    if lock := _locks.pop(path, None):
        lock.close()


def remove_orphans(root: Path | None = None) -> list[str]:
    """Remove the folders below `root`, the system's temporary files unless told, whose owners are gone, and
    return their names. What belongs to another user of the machine, and links, are left alone."""
    root = root or Path(tempfile.gettempdir())
    return [
        folder.name
        for folder in root.glob(f"{_PREFIX}*")
        if _is_ours(folder) and remove_orphan(folder, unowned_seconds=_UNOWNED_SECONDS)
    ]


def _is_ours(folder: Path) -> bool:
    try:
        is_named_so = _NAME.fullmatch(folder.name) is not None
        return (
            is_named_so
            and not folder.is_symlink()
            and folder.is_dir()
            and folder.stat().st_uid == os.geteuid()
        )
    except OSError:
        return False


def remove_orphan(folder: Path, *, unowned_seconds: float, only_empty: bool = False) -> bool:
    """Remove the folder if its owner is gone, and say whether it was removed.

    One that has no owner is left for so many seconds: its process is just making it, or was killed while it
    did. `only_empty` leaves such a one alone for ever where anything is in it: it is not of our making."""
    try:
        if (folder / OWNER).exists():
            return _remove_if_free(folder, owner=OWNER)
        if not _is_old(folder, seconds=unowned_seconds):
            return False
        if (folder / _UNNAMED).exists():
            return _remove_if_free(folder, owner=_UNNAMED)
        if only_empty:
            folder.rmdir()
        else:
            shutil.rmtree(folder, ignore_errors=True)
    except OSError:
        return False  # in use, or not one of ours
    return True


def _remove_if_free(folder: Path, *, owner: str) -> bool:
    """Raises BlockingIOError where the owner lives."""
    with (folder / owner).open("r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    return True


def _is_old(folder: Path, *, seconds: float) -> bool:
    changed_at = max(path.stat().st_mtime for path in (folder, *folder.iterdir()))
    return time.time() - changed_at > seconds
