"""Uploads segments as they appear in ffmpeg's folders, so that the upload takes no extra time.

ffmpeg writes a segment under a temporary name and renames it when it is complete; a file named
*.m4s is therefore done. A segment is checked first: one with other frames than it must have is
never stored. One that is shorter than the others is the last one, or the point at which ffmpeg was
stopped, since it finishes its files then too; so it is only stored once ffmpeg has ended well. The
folders are scanned four times a second: with segments of six seconds,
faster notification would gain nothing.
"""

import asyncio
import contextlib
import hashlib
from fractions import Fraction
from pathlib import Path
from typing import Final

from video_processor.domain.codecs import AAC_LC, read_avc_codec
from video_processor.domain.encode_job import INIT_NAME, EncodeJob
from video_processor.domain.gop import SEGMENT_SECONDS, count_segment_frames
from video_processor.domain.segment_frames import HEAD_BYTES, find_fault, is_empty, read_segment_seconds
from video_processor.errors import FramesMissing
from video_processor.use_cases.context import TaskContext
from videoforge.keys import AUDIO_FOLDER
from videoforge.messages import EncodedTrack, Segment

_LOOK_EVERY_SECONDS: Final = 0.25
_AUDIO_FRAME_SECONDS: Final = 1024 / 48_000


class SegmentUpload:
    """Call `finish` once ffmpeg has ended well; `run` then returns when the last segment is stored.
    If ffmpeg failed, cancel `run` instead."""

    def __init__(self, context: TaskContext, *, job: EncodeJob, folders: list[str]) -> None:
        self._context = context
        self._job = job
        self._sizes: dict[str, dict[str, int]] = {folder: {} for folder in folders}
        self._seen: set[Path] = set()
        self._init_gate = asyncio.Lock()
        self._gate = asyncio.Semaphore(context.tools.parallelism)
        self._is_last_round = asyncio.Event()

    def finish(self) -> None:
        """Scan once more, immediately, and then stop."""
        self._is_last_round.set()

    def get_sizes(self, folder: str) -> dict[str, int]:
        """Return the size in bytes of each stored segment, by its file name."""
        return self._sizes[folder]

    async def run(self) -> None:
        """Upload until the last scan is done. Raises FramesMissing, LeaseLost and StoreFailed."""
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
            for path in sorted((self._job.target / folder).glob("*.m4s"))
            if path not in self._seen
        ]
        self._seen.update(found)
        return found

    async def _upload(self, path: Path) -> None:
        folder, name = path.parent.name, path.name
        if folder != AUDIO_FOLDER and not self._check(path):
            return
        if not is_full(path, job=self._job):
            await self._is_last_round.wait()
        listed = self._context.listing.find(folder, name)
        if listed:  # viewers have been told of that one
            self._sizes[folder][name] = listed.size_bytes
        else:
            self._sizes[folder][name] = await self.store(path, folder=folder)
        path.unlink()  # otherwise a long film's segments would fill the disk

    async def store(self, path: Path, *, folder: str) -> int:
        """Store a segment that is not listed, and list it. Return its size in bytes."""
        seconds = _read_seconds(path)
        await self._store_init(folder)
        async with self._gate:
            size = await self._context.upload(path, name=f"{folder}/{path.name}")
        if seconds and size:
            key = self._context.build_key(f"{folder}/{path.name}")
            segment = Segment(key=key, duration_seconds=seconds, size_bytes=size)
            self._context.listing.add(folder, segment, has_holes=self._job.has_holes)
        return size

    async def _store_init(self, folder: str) -> None:
        """Store the init segment with the first segment: ffmpeg closes its file before it renames
        the first segment."""
        async with self._init_gate:
            path = self._job.target / folder / INIT_NAME
            is_known = self._context.listing.find_init(folder) is not None
            if self._job.chunk.index == 0 and not is_known and path.exists():
                await store_init(self._context, path, folder=folder)

    def _check(self, path: Path) -> bool:
        """Return whether a video segment has frames. Raises FramesMissing if they are not the right
        ones."""
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
        if is_empty(head) and not self._job.seek_seconds:
            return False
        if fault := find_fault(head, job=self._job, index=int(path.stem)):
            raise FramesMissing(f"{path.parent.name}: {fault}")
        return True


async def store_init(context: TaskContext, path: Path, *, folder: str) -> EncodedTrack:
    """Store a track's init segment, and return it as a track without segments. Raises what an
    upload does, and ValueError for a video without a header."""
    init = path.read_bytes()
    track = EncodedTrack(
        format=folder,
        init_key=context.build_key(f"{folder}/{INIT_NAME}"),
        init_size_bytes=await context.upload(path, name=f"{folder}/{INIT_NAME}"),
        init_sha256=hashlib.sha256(init).hexdigest(),
        codecs=AAC_LC if folder == AUDIO_FOLDER else read_avc_codec(init),
        segments=[],
    )
    context.listing.add_init(track)
    return track


def is_full(path: Path, *, job: EncodeJob) -> bool:
    """Return whether the segment is as long as one that is followed by another. Audio is cut at the
    first frame after each SEGMENT_SECONDS."""
    seconds = _read_seconds(path)
    if path.parent.name == AUDIO_FOLDER:
        shortest = SEGMENT_SECONDS - _AUDIO_FRAME_SECONDS
    else:
        shortest = float((count_segment_frames(job.frame_rate) - Fraction(1, 2)) / job.frame_rate)
    return seconds is not None and seconds > shortest


def _read_seconds(path: Path) -> float | None:
    """Return None for a segment that only the playlist can tell the length of."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    try:
        return read_segment_seconds(head)
    except ValueError:
        return None
