"""Keeps sources that tasks have used for the tasks that follow: on a single machine a download of
gigabytes is all that lies between prepare and encode, and the chunks of one job need the same index
and overlap a little.

    {SCRATCH_DIR}/{random}/cached-source-{n}      outside of all tasks' folders

A file has its source's full size, and zeros outside the ranges that were fetched. Only a task that
succeeded keeps its file, and one that failed drops what is kept of its source, so that a broken
copy is not used again. Files are only read from here on: a task gets a second name of a whole file,
or copies what it needs of a partial one. The ETag is checked again before a file is used.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from videoforge.logs import get_logger
from videoforge.messages import SourceRef
from videoforge_media.byte_ranges import ByteRange, count_bytes
from videoforge_media.probe import Probe

log = get_logger("SYSTEM")

_NAME: Final = "cached-source"
#: as many jobs as a processor's slots usually work on
_MAX_SOURCES: Final = 4
#: between a task's end and the next claim lie one round of the relay and a long poll; after that,
#: free space matters more
_KEEP_SECONDS: Final = 60.0


@dataclass(frozen=True)
class KeptSource:
    """A file with the ranges `held`, and the source's Probe. `is_thorough` is set if it is the Probe
    of prepare or of the whole file; others lack what only prepare needs."""

    video_id: str
    source: SourceRef
    path: Path
    held: Sequence[ByteRange]
    probe: Probe
    is_thorough: bool

    @property
    def is_whole(self) -> bool:
        return count_bytes(self.held) == self.source.size_bytes


@dataclass(frozen=True)
class _Entry:
    kept: KeptSource
    modified_ns: int
    timer: asyncio.TimerHandle


class SourceCache:
    """Holds a few files, the one used last at the end; all calls come from one event loop."""

    def __init__(self, home: Path, *, keep_seconds: float = _KEEP_SECONDS) -> None:
        self._home = home
        self._keep_seconds = keep_seconds
        self._entries: dict[str, _Entry] = {}
        self._count = 0

    @property
    def size_bytes(self) -> int:
        """The space that dropping the files would free; files that tasks use too would stay."""
        found = 0
        for entry in self._entries.values():
            with contextlib.suppress(OSError):
                state = entry.kept.path.stat()
                found += state.st_blocks * 512 if state.st_nlink == 1 else 0
        return found

    def list_held_videos(self) -> list[str]:
        """Return the ids of the videos of whose sources something is kept, the one used last at the
        end."""
        return [entry.kept.video_id for entry in self._entries.values()]

    def find(self, source: SourceRef) -> KeptSource | None:
        """Return what is kept of a source; a file that has changed since is dropped."""
        entry = self._entries.get(source.s3_key)
        if entry is None:
            return None
        if entry.kept.source != source or not _is_unchanged(entry):
            self.drop(source)
            return None
        return entry.kept

    def keep(self, used: KeptSource) -> None:
        """Move the file into the cache for a short time, replacing that of the same source unless
        that one is whole; a disk error only drops it."""
        kept = self.find(used.source)
        if kept is None or not kept.is_whole:
            self.drop(used.source)
            kept = self._move(used)
        if kept is not None:
            self._enter(kept)

    def _move(self, used: KeptSource) -> KeptSource | None:
        self._count += 1
        kept = replace(used, path=self._home / f"{_NAME}-{self._count}")
        try:
            used.path.rename(kept.path)
        except OSError as error:
            log.warning("a source could not be cached", reason=str(error))
            return None
        return kept

    def _enter(self, kept: KeptSource) -> None:
        """Put the file at the end, with the full time ahead of it."""
        self._forget(kept.source.s3_key)
        timer = asyncio.get_running_loop().call_later(self._keep_seconds, self.drop, kept.source)
        self._entries[kept.source.s3_key] = _Entry(kept, _read_modified_ns(kept.path), timer)
        while len(self._entries) > _MAX_SOURCES:
            self.drop(next(iter(self._entries.values())).kept.source)

    def drop_all(self) -> None:
        for entry in list(self._entries.values()):
            self.drop(entry.kept.source)

    def drop(self, source: SourceRef) -> None:
        """Remove what is kept of a source, also of an earlier version of it."""
        entry = self._forget(source.s3_key)
        if entry is not None:
            with contextlib.suppress(OSError):  # the folder may be gone with it
                entry.kept.path.unlink(missing_ok=True)

    def _forget(self, key: str) -> _Entry | None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            entry.timer.cancel()
        return entry


def _is_unchanged(entry: _Entry) -> bool:
    """Return whether the file is unchanged, as far as size and modification time show."""
    try:
        state = entry.kept.path.stat()
    except OSError:
        return False
    return (state.st_size, state.st_mtime_ns) == (entry.kept.source.size_bytes, entry.modified_ns)


def _read_modified_ns(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
