"""Uploads segments as they appear in ffmpeg's folders, so that the upload takes no extra time.

ffmpeg writes a segment under a temporary name and renames it when it is complete; a file named
*.m4s is therefore done. The folders are scanned four times a second: with segments of six seconds,
faster notification would gain nothing.
"""

import asyncio
import contextlib
from pathlib import Path
from typing import Final

from video_processor.use_cases.context import TaskContext

_LOOK_EVERY_SECONDS: Final = 0.25


class SegmentUpload:
    """Call `finish` when no more segments will appear; `run` then returns when the last one is
    stored."""

    def __init__(self, context: TaskContext, *, root: Path, folders: list[str]) -> None:
        self._context = context
        self._root = root
        self._sizes: dict[str, dict[str, int]] = {folder: {} for folder in folders}
        self._seen: set[Path] = set()
        self._gate = asyncio.Semaphore(context.tools.parallelism)
        self._is_last_round = asyncio.Event()

    def finish(self) -> None:
        """Scan once more, immediately, and then stop."""
        self._is_last_round.set()

    def get_sizes(self, folder: str) -> dict[str, int]:
        """Return the size in bytes of each stored segment, by its file name."""
        return self._sizes[folder]

    async def run(self) -> None:
        """Upload until the last scan is done. Raises LeaseLost and StoreFailed."""
        async with asyncio.TaskGroup() as group:
            is_over = False
            while not is_over:
                is_over = (
                    self._is_last_round.is_set()
                )  # read before the scan, which finds everything written until then
                for path in self._find_new():
                    group.create_task(self._upload(path))
                if not is_over:
                    await self._pause()

    async def _pause(self) -> None:
        """Sleep, but wake up for the last scan: otherwise each encode would end with half a
        pause."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._is_last_round.wait(), _LOOK_EVERY_SECONDS)

    def _find_new(self) -> list[Path]:
        found = [
            path
            for folder in self._sizes
            for path in sorted((self._root / folder).glob("*.m4s"))
            if path not in self._seen
        ]
        self._seen.update(found)
        return found

    async def _upload(self, path: Path) -> None:
        folder = path.parent.name
        async with self._gate:
            self._sizes[folder][path.name] = await self._context.upload(path, name=f"{folder}/{path.name}")
        path.unlink()  # otherwise a long film's segments would fill the disk
