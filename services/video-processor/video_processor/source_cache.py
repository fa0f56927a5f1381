"""Keeps the source of the last task for the next one. That is usually of the same job, and on a
single machine a download of gigabytes is all that lies between prepare and encode.

    {SCRATCH_DIR}/{random}/cached-source      one at most; outside of all tasks' folders

Only a task that succeeded keeps its file, so that a broken copy is not used again. The file is
moved, not shared: the task that takes it is its only user. Its ETag is checked again before it is
used.
"""

import asyncio
import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from videoforge.logs import get_logger
from videoforge.messages import SourceRef
from videoforge_media.probe import Probe

log = get_logger("SYSTEM")

_NAME: Final = "cached-source"
#: between a task's end and the next claim lie one round of the relay and a long poll; after that,
#: free space matters more
_KEEP_SECONDS: Final = 60.0


@dataclass(frozen=True)
class _Kept:
    source: SourceRef
    probe: Probe
    modified_ns: int
    timer: asyncio.TimerHandle


class SourceCache:
    """Holds one file at most; all calls come from one event loop."""

    def __init__(self, home: Path, *, keep_seconds: float = _KEEP_SECONDS) -> None:
        self._path = home / _NAME
        self._keep_seconds = keep_seconds
        self._kept: _Kept | None = None

    @property
    def size_bytes(self) -> int:
        """The space that dropping the file would free."""
        return self._kept.source.size_bytes if self._kept else 0

    def take(self, source: SourceRef, target: Path) -> Probe | None:
        """Move the cached file to `target` and return its Probe. Any other source drops the file
        and returns None."""
        kept = self._kept
        if kept is None or kept.source != source or not self._is_unchanged(kept):
            self.drop()
            return None
        self._forget()
        try:
            self._path.rename(target)
        except OSError as error:
            log.warning("the cached source cannot be used", reason=str(error))
            return None
        log.info("source is cached", size_bytes=source.size_bytes)
        return kept.probe

    def keep(self, source: SourceRef, path: Path, *, probe: Probe) -> None:
        """Move the file into the cache for a short time, replacing the one there; a disk error only
        drops it."""
        self.drop()
        try:
            path.rename(self._path)
            modified_ns = self._path.stat().st_mtime_ns
        except OSError as error:
            log.warning("a source could not be cached", reason=str(error))
            return
        timer = asyncio.get_running_loop().call_later(self._keep_seconds, self.drop)
        self._kept = _Kept(source, probe, modified_ns, timer)

    def drop(self) -> None:
        """Remove the cached file, if there is one."""
        self._forget()
        with contextlib.suppress(OSError):  # the folder may be gone with it
            self._path.unlink(missing_ok=True)

    def _forget(self) -> None:
        if self._kept is not None:
            self._kept.timer.cancel()
        self._kept = None

    def _is_unchanged(self, kept: _Kept) -> bool:
        """Return whether the file is unchanged, as far as size and modification time show."""
        try:
            state = self._path.stat()
        except OSError:
            return False
        return (state.st_size, state.st_mtime_ns) == (kept.source.size_bytes, kept.modified_ns)
