"""The source of the last task, kept for the next one: most often that is the same job's, and on one machine a
download of gigabytes is all that lies between prepare and encode.

    {SCRATCH_DIR}/{random}/cached-source      one at most; in no task's folder, and of no task

A file is kept only by a task that came to a good end, so that a fault in the copy does not outlive it, and
moved and not shared: whoever takes it has it alone. Its ETag is asked for again before it is used.
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
#: from a task's end to the next one's claim lie a relay's round and a long poll; later room counts more
_KEEP_SECONDS: Final = 60.0


@dataclass(frozen=True)
class _Kept:
    source: SourceRef
    probe: Probe
    modified_ns: int
    timer: asyncio.TimerHandle


class SourceCache:
    """Meets the SourceShelf port, within one event loop."""

    def __init__(self, home: Path, *, keep_seconds: float = _KEEP_SECONDS) -> None:
        self._path = home / _NAME
        self._keep_seconds = keep_seconds
        self._kept: _Kept | None = None

    @property
    def size_bytes(self) -> int:
        """How much would be free without what is kept."""
        return self._kept.source.size_bytes if self._kept else 0

    def take(self, source: SourceRef, target: Path) -> Probe | None:
        kept = self._kept
        if kept is None or kept.source != source or not self._is_as_it_was(kept):
            self.drop()
            return None
        self._forget()
        try:
            self._path.rename(target)
        except OSError as error:
            log.warning("the kept source cannot be had", reason=str(error))
            return None
        log.info("source is here already", size_bytes=source.size_bytes)
        return kept.probe

    def keep(self, source: SourceRef, path: Path, *, probe: Probe) -> None:
        self.drop()
        try:
            path.rename(self._path)
            modified_ns = self._path.stat().st_mtime_ns
        except OSError as error:
            log.warning("a source could not be kept", reason=str(error))
            return
        timer = asyncio.get_running_loop().call_later(self._keep_seconds, self.drop)
        self._kept = _Kept(source, probe, modified_ns, timer)

    def drop(self) -> None:
        """Remove what is kept, if anything is."""
        self._forget()
        with contextlib.suppress(OSError):  # the folder may be gone with it
            self._path.unlink(missing_ok=True)

    def _forget(self) -> None:
        if self._kept is not None:
            self._kept.timer.cancel()
        self._kept = None

    def _is_as_it_was(self, kept: _Kept) -> bool:
        """Whether nobody wrote to the file, as far as it shows."""
        try:
            state = self._path.stat()
        except OSError:
            return False
        return (state.st_size, state.st_mtime_ns) == (kept.source.size_bytes, kept.modified_ns)
