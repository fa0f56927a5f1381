"""The first step of every task that reads the source: brings what it needs of it into scratch, and
probes it.

The file has the source's full size; what was not fetched is zeros. source_index.py says which
sources are read in parts. What an earlier task left in the cache is taken from there.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, TypeVar

from video_processor.errors import BadSource, EncodeFailed, FramesMissing, ObjectChanged, ObjectMissing
from video_processor.source_cache import KeptSource
from video_processor.use_cases.context import TaskContext
from videoforge.logs import get_logger
from videoforge.messages import SourceRef
from videoforge.problem_codes import Code
from videoforge_media.byte_ranges import (
    ByteRange,
    count_bytes,
    intersect_ranges,
    merge_ranges,
    subtract_ranges,
)
from videoforge_media.captions import list_looks
from videoforge_media.errors import MediaRejected
from videoforge_media.magic import find_container, read_head
from videoforge_media.matroska_headers import has_own_headers_only, list_key_heads
from videoforge_media.matroska_index import MatroskaIndex
from videoforge_media.probe import Probe
from videoforge_media.shape_changes import reads_all_pictures
from videoforge_media.sound_tracks import is_trusted
from videoforge_media.source_index import (
    SourceIndex,
    can_read_picture,
    can_read_sound,
    find_sample_bytes,
    read_index,
)
from videoforge_media.thumbnail import ThumbnailFailed

log = get_logger("JOB")

Result = TypeVar("Result")
#: a smaller source takes no longer than its index
_SMALL_BYTES: Final = 1 << 20
#: a shorter film is one chunk or a few, which need nearly all of it
_SHORT_SECONDS: Final = 60.0
_FIRST_BYTES: Final = 64 << 10
#: With so much of a source the rest is worth its transfer: chunks take what they need from a whole one.
_MOST: Final = 0.75
#: the share of a source that is looked at for captions, in each of eight places
_LOOK_SHARE: Final = 256


class SourceFile:
    """A task's own copy of its source, whole or with some ranges only. All calls that fetch raise
    BadSource, ScratchFull and StoreFailed."""

    def __init__(self, context: TaskContext, source: SourceRef) -> None:
        self.path = context.folder / "source"
        self.probe: Probe
        self._context = context
        self._source = source
        self._held: Sequence[ByteRange] = []
        self._index: SourceIndex | None = None
        self._is_thorough = False
        self._cached = context.tools.scratch.source_cache.find(source)

    @property
    def is_whole(self) -> bool:
        return count_bytes(self._held) == self._source.size_bytes

    async def fetch_rest(self) -> None:
        """Fetch all that is missing, and probe the whole file."""
        whole = [ByteRange(first=0, length=self._source.size_bytes)]
        if self._cached and self._cached.is_whole and not self._held:
            await self._check_cached(source_bytes=self._source.size_bytes // 2)
            os.link(self._cached.path, self.path)
            self._held, self.probe = whole, self._cached.probe
        else:
            await self._fetch(whole)
            self.probe = await self._look()
        self._is_thorough = True
        log.info("the source is read whole", read_bytes=self._context.clock.read_bytes)

    async def fetch_picture(self, stream: int, *spans: tuple[float, float], is_decoded: bool = True) -> None:
        """Fetch what is needed to decode the picture between these seconds of the encoder's clock,
        or to read its packets only."""
        index, zero = self._index, self.probe.clock_starts_at_seconds
        if self.is_whole or index is None:
            return

        def plan() -> list[ByteRange]:
            return merge_ranges(
                part
                for start, end in spans
                for part in index.list_picture(
                    stream, start_seconds=zero + start, end_seconds=zero + end, is_decoded=is_decoded
                )
            )

        await self._fetch(await asyncio.to_thread(plan))

    async def fetch_sound(self, streams: Collection[int]) -> None:
        """Fetch these tracks of sound completely."""
        tracks = [track for track in self.probe.audio_tracks if track.index in streams]
        for track in tracks:
            if self.is_whole or self._index is None:
                return
            ranges = None
            if can_read_sound(track):
                size = find_sample_bytes(track)
                ranges = await asyncio.to_thread(self._index.list_sound, track.index, sample_bytes=size)
            if ranges is None or count_bytes(ranges) > _MOST * self._source.size_bytes:
                await self.fetch_rest()
            else:
                await self._fetch(ranges)

    async def fetch_first_sound(self, streams: Collection[int], *, until_seconds: float) -> bool:
        """Fetch these tracks of sound until these seconds of the encoder's clock, and return whether
        that can be done; not of sound whose decoder does not complain about what is missing."""
        index, zero = self._index, self.probe.clock_starts_at_seconds
        tracks = [track for track in self.probe.audio_tracks if track.index in streams]
        if self.is_whole or index is None or not all(can_read_sound(track) for track in tracks):
            return False
        await self._fetch(
            merge_ranges(
                part
                for track in tracks
                for part in index.list_first_sound(
                    track.index, end_seconds=zero + until_seconds, sample_bytes=find_sample_bytes(track)
                )
            )
        )
        return True

    def keep(self, *, probe: Probe) -> None:
        """Leave the file to the next task."""
        self._context.tools.scratch.source_cache.keep(
            KeptSource(
                video_id=self._context.grant.video_id,
                source=self._source,
                path=self.path,
                held=self._held,
                probe=probe,
                is_thorough=self._is_thorough,
            )
        )

    async def open_parts(self, *, is_thorough: bool) -> None:
        """Fetch and probe the ends; or the whole file if it cannot be read in parts. What only
        prepare needs is fetched too if `is_thorough`."""
        size = self._source.size_bytes
        if size > _SMALL_BYTES and not (self._cached and self._cached.is_whole):
            self._index = await self._read_index()
        is_short = is_thorough and self._index is not None and self._index.picture_seconds < _SHORT_SECONDS
        if self._index is None or is_short:
            return await self.fetch_rest()
        ends = self._index.list_head()
        if is_thorough:
            ends += [*self._index.list_tail(), *list_looks(size, of_bytes=size // _LOOK_SHARE)]
        await self._fetch(merge_ranges(ends))
        self._is_thorough = is_thorough
        try:
            self.probe = await self._look()
        except BadSource:
            return await self.fetch_rest()
        if not can_read_picture(self.probe.video_codec) or (is_thorough and await self._needs_all()):
            await self.fetch_rest()
        return None

    async def follow_changes(self) -> Probe:
        """Return the Probe with all changes of the picture. Those of a source that is read in parts
        have none."""
        if self.is_whole:
            return await self._context.tools.inspector.follow_changes(self.path, self.probe)
        return self.probe

    async def _needs_all(self) -> bool:
        """Return whether prepare looks at pictures or sounds wherever they are."""
        if isinstance(self._index, MatroskaIndex):
            return await self._needs_all_of_matroska(self._index)
        tracks, container = self.probe.audio_tracks, self.probe.container
        return reads_all_pictures(self.probe, self.path) or not all(
            is_trusted(track, container=container) for track in tracks
        )

    async def _needs_all_of_matroska(self, index: MatroskaIndex) -> bool:
        """The first frames of a track are enough to hear it. Pictures at uneven times are counted
        far into the film, and two tracks of PCM may be left and right."""
        probe = self.probe
        is_even = not probe.is_variable_frame_rate and probe.grid_rate == probe.frame_rate
        is_all = probe.clock_starts_at_seconds + probe.video_duration_seconds > index.picture_seconds
        pcm = [track for track in probe.audio_tracks if track.codec.startswith("pcm_")]
        if not is_even or not is_all or len(pcm) > 1:
            return True
        if not reads_all_pictures(probe, self.path):
            return False
        heads = list_key_heads(index, codec=probe.video_codec)
        if heads is None:
            return True
        await self._fetch(heads)

        def look() -> bool:
            with self.path.open("rb") as file:
                return has_own_headers_only(file, index, codec=probe.video_codec)

        return not await asyncio.to_thread(look)

    async def _look(self) -> Probe:
        """Return the cached Probe if it is as thorough, else probe the file."""
        if self._cached and self._cached.is_thorough >= self._is_thorough and not self.is_whole:
            return self._cached.probe
        try:
            return await self._context.tools.inspector.probe(self.path)
        except MediaRejected as error:
            raise BadSource(Code[error.code], error.detail, hint=error.hint) from error

    async def _read_index(self) -> SourceIndex | None:
        await self._fetch([ByteRange(first=0, length=min(_FIRST_BYTES, self._source.size_bytes))])
        container = find_container(read_head(self.path))
        with self.path.open("rb", buffering=0) as file:
            walk = read_index(file, container=container, size_bytes=self._source.size_bytes)

            def go_on() -> tuple[ByteRange | None, SourceIndex | None]:
                try:
                    return next(walk), None
                except StopIteration as end:
                    return None, end.value

            while True:
                part, index = await asyncio.to_thread(go_on)
                if part is None:
                    return index
                await self._fetch([part])

    async def _fetch(self, ranges: Sequence[ByteRange]) -> None:
        """Bring ranges into the file, which are in order and without overlaps."""
        missing = subtract_ranges(ranges, self._held)
        cached = intersect_ranges(missing, self._cached.held) if self._cached else []
        if cached and self._cached:
            await self._check_cached(source_bytes=count_bytes(cached))
            await asyncio.to_thread(
                _copy_ranges, self._cached.path, self.path, ranges=cached, size_bytes=self._source.size_bytes
            )
        missing = subtract_ranges(missing, cached)
        if missing:
            self._context.tools.scratch.check_space(source_bytes=count_bytes(missing))
            async with self._measure():
                await self._context.tools.store.download_source(self._source, self.path, ranges=missing)
            self._context.clock.read_bytes += count_bytes(missing)
        self._held = merge_ranges([*self._held, *ranges])

    async def _check_cached(self, *, source_bytes: int) -> None:
        """Make sure that the cached file may still be used."""
        self._context.tools.scratch.check_space(source_bytes=source_bytes)
        async with self._measure():
            await self._context.tools.store.check_source(self._source)

    @asynccontextmanager
    async def _measure(self) -> AsyncIterator[None]:
        """Count the time as that of a download, and blame the source if it is not the pinned
        one."""
        try:
            with self._context.clock.measure("download"):
                yield
        except ObjectMissing as error:
            await self._context.tools.store.check()  # a store that lost its disk has no objects at all
            raise BadSource(Code.source_missing) from error
        except ObjectChanged as error:
            raise BadSource(Code.source_changed) from error


async def open_whole(context: TaskContext, source: SourceRef) -> SourceFile:
    """Return the whole source. Raises as SourceFile does."""
    file = SourceFile(context, source)
    await file.fetch_rest()
    return file


async def open_source(context: TaskContext, source: SourceRef, *, is_thorough: bool = False) -> SourceFile:
    """Return the source with its ends only, or whole if it cannot be read in parts."""
    file = SourceFile(context, source)
    await file.open_parts(is_thorough=is_thorough)
    return file


async def try_parts_first(file: SourceFile, work: Callable[[], Awaitable[Result]]) -> Result:
    """Do the work with the parts that are there, and again with the whole source if it fails: the
    parts may have been the wrong ones. This is the only place that decides so."""
    if not file.is_whole:
        try:
            return await work()
        except (BadSource, EncodeFailed, FramesMissing, ThumbnailFailed) as error:
            log.warning("reading the whole source after a failure with parts of it", reason=str(error))
        await file.fetch_rest()
    return await work()


def _copy_ranges(origin: Path, target: Path, *, ranges: Sequence[ByteRange], size_bytes: int) -> None:
    with origin.open("rb") as source, target.open("r+b" if target.exists() else "wb") as file:
        file.truncate(size_bytes)
        for part in ranges:
            at = part.first
            while at < part.end:
                count = os.copy_file_range(source.fileno(), file.fileno(), part.end - at, at, at)
                if not count:
                    raise OSError("a cached source is shorter than it was")
                at += count
