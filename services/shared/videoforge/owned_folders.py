"""Folders that belong to a process and disappear with it, however it ends: those in the system's
temporary folder, and the lock that marks a folder elsewhere as in use.

    {root}/videoforge-{name}-{random}/.owner     locked (flock) while the process or its child lives

A process that was killed leaves its folder behind; the next one to start finds the lock free and
removes it.
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
#: The names that mkdtemp makes of the prefix; other programs may use similar names.
_NAME: Final = re.compile(rf"{_PREFIX}(?:[a-z]+-)?[a-z0-9_]{{8}}")
OWNER: Final = ".owner"
_UNNAMED: Final = ".owner.new"
#: A folder without an owner file: its process is just creating it, or was killed while doing so.
_UNOWNED_SECONDS: Final = 24 * 3600


_locks: dict[Path, BinaryIO] = {}


def make_owned_folder(name: str, *, root: Path | None = None) -> Path:
    """Return a new folder of mode 700, in the system's temporary folder unless `root` is given."""
    path = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{name}-", dir=root))
    _locks[path] = own_folder(path)
    return path


def own_folder(folder: Path) -> BinaryIO:
    """Make the folder this process's for as long as the returned file is open, here or in a child.

    The lock file gets its name only once it is locked: a process that starts at the same time would
    otherwise find it free and take it for a dead process's.
    """
    lock = (folder / _UNNAMED).open("w+b")
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    (folder / _UNNAMED).rename(folder / OWNER)
    return lock


def remove_owned_folder(path: Path) -> None:
    """Remove a folder of this process and its contents; harmless when repeated."""
    shutil.rmtree(path, ignore_errors=True)
    if lock := _locks.pop(path, None):
        lock.close()


def remove_orphans(root: Path | None = None) -> list[str]:
    """Remove the folders in `root` (the system's temporary folder by default) whose owners are
    gone, and return their names. Links, and folders of other users of the machine, are left
    alone."""
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
    """Remove the folder if its owner is gone, and return whether it was removed.

    A folder without an owner is left alone for `unowned_seconds`: its process is just creating it,
    or was killed while doing so. With `only_empty` such a folder is never removed unless it is
    empty, since it may not be ours.
    """
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
    """Raises BlockingIOError if the owner lives."""
    with (folder / owner).open("r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    return True


def _is_old(folder: Path, *, seconds: float) -> bool:
    changed_at = max(path.stat().st_mtime for path in (folder, *folder.iterdir()))
    return time.time() - changed_at > seconds
