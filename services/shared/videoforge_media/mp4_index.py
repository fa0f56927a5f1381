"""Which bytes of an MP4 or QuickTime file a reader needs for a part of it, from the file's own
index.

The index is read from a file that is only partly here: `read_mp4_index` yields each range that it
needs, and goes on when that has been written to the file. Files without an index for the whole are
left to be read whole: fragmented ones, and those whose tables are broken or too large.

FFmpeg reads more than the samples it is asked for: to identify the streams it reads the first
packets of all of them, and the complete tracks of chapters and time codes.
"""

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from videoforge_media.boxes import Box, find_boxes, list_boxes, read_handler
from videoforge_media.byte_ranges import ByteRange, build_range, count_bytes, merge_ranges
from videoforge_media.sample_table import SampleTable
from videoforge_media.track_tables import read_movie_ticks, read_sample_table

#: one request for a few boxes, among them the whole index of a short film
_LOOK_BYTES: Final = 64 << 10
_MAX_TOP_BOXES: Final = 32
#: six hours of picture and eight tracks of sound have 60 MB
_MAX_INDEX_BYTES: Final = 256 << 20
#: FFmpeg identifies most streams with 20 packets of a picture; it gives up after 5 seconds or 5 MB
_HEAD_SAMPLES: Final = 64
_HEAD_SECONDS: Final = 3.0
_HEAD_BYTES: Final = 6 << 20
#: tracks of text, chapters and time codes are read whole if they are small
_MAX_DATA_BYTES: Final = 1 << 20
#: Pictures may be stored so much later than they are shown; a seek by the order of storing ends
#: later by as much.
_REORDERED: Final = 16
#: what FFmpeg decodes after the last picture that is used: the reordered ones, and those in flight in
#: its threads and queues
_DECODED_AFTER: Final = 32
#: A separate request costs about as much time as the transfer of this much.
_GAP_BYTES: Final = 64 << 10
#: Sound interleaved more finely, at 10 ms a request, takes longer than reading everything.
_MAX_SOUND_RANGES: Final = 10_000
#: sound of unknown size: eight channels of 32 bits
_LARGE_SAMPLE_BYTES: Final = 32
_FAR_SECONDS: Final = 1e9
_PICTURE: Final = b"vide"
_SOUND: Final = b"soun"
#: chosen times are rounded to microseconds, those in the file to its own units
_ROUNDING_SECONDS: Final = 0.002


@dataclass(frozen=True)
class Mp4Track:
    handler: bytes
    table: SampleTable


@dataclass(frozen=True)
class Mp4Index:
    """`tracks` are in the order of the file, which is FFmpeg's order of streams. Movie times are
    seconds on the file's own clock."""

    tracks: tuple[Mp4Track, ...]
    size_bytes: int

    @property
    def picture_seconds(self) -> float:
        """About how long the longest picture is."""
        pictures = (track.table for track in self.tracks if track.handler == _PICTURE)
        return max((table.find_decoded(table.count) for table in pictures), default=0.0)

    def list_head(self) -> list[ByteRange]:
        """Return what FFmpeg reads to identify the streams."""
        return self._merge(part for track in self.tracks for part in self._list_track_head(track))

    def _list_track_head(self, track: Mp4Track) -> Iterable[ByteRange]:
        table = track.table
        if track.handler not in {_PICTURE, _SOUND}:
            whole = list(self._list(table, 0, table.count, gap_bytes=0))
            if count_bytes(whole) <= _MAX_DATA_BYTES:
                return whole
        count = table.find_sample(_HEAD_SECONDS) + 1
        if table.sizes is not None:
            count = min(count, _HEAD_SAMPLES)
            while count > 1 and sum(table.sizes[:count]) > _HEAD_BYTES:
                count //= 2
        return self._list(table, 0, count)

    def list_tail(self) -> list[ByteRange]:
        """Return what FFmpeg reads after a seek to the end."""
        pictures = [track.table for track in self.tracks if track.handler == _PICTURE]
        last_key = min((t.find_decoded(t.find_key(_FAR_SECONDS)) for t in pictures), default=0.0)
        tables = (track.table for track in self.tracks if track.handler in {_PICTURE, _SOUND})
        return self._merge(
            part for table in tables for part in self._list(table, table.find_key(last_key), table.count)
        )

    def list_picture(
        self, stream: int, *, start_seconds: float, end_seconds: float, is_decoded: bool = True
    ) -> list[ByteRange]:
        """Return what is needed to decode the picture between these movie times, from the key
        sample before; or to read its packets only."""
        after = _DECODED_AFTER if is_decoded else _REORDERED
        found: list[ByteRange] = []
        for table in self._choose(stream, handler=_PICTURE):
            for edit in table.edits:
                start = max(edit.movie_at, start_seconds)
                end = min(edit.movie_at + edit.seconds, end_seconds)
                if start <= end:
                    to_media = edit.media_at - edit.movie_at
                    first = table.find_key(start + to_media - _ROUNDING_SECONDS)
                    last = table.find_sample(end + to_media + table.latest_lead)
                    found += self._list(table, first, min(last + after + 1, table.count))
        return self._merge(found)

    def list_sound(self, stream: int, *, sample_bytes: int | None) -> list[ByteRange] | None:
        """Return where a whole track of sound is; None if its samples' size is unknown, or if it is
        spread so finely that the whole file is read in less time. `sample_bytes` is given for
        PCM."""
        tables = self._choose(stream, handler=_SOUND)
        if any(table.sizes is None for table in tables) and not sample_bytes:
            return None
        found = self._merge(
            part
            for table in tables
            for part in self._list(table, 0, table.count, sample_bytes=sample_bytes or 0)
        )
        return found if len(found) <= _MAX_SOUND_RANGES else None

    def list_first_sound(
        self, stream: int, *, end_seconds: float, sample_bytes: int | None
    ) -> list[ByteRange]:
        """Return where a track of sound is until this movie time, and what FFmpeg reads ahead, which
        may be much later after a pause. `sample_bytes` is given for PCM."""
        each = sample_bytes or _LARGE_SAMPLE_BYTES
        found: list[ByteRange] = []
        for table in self._choose(stream, handler=_SOUND):
            end = min(_find_end(table, end_seconds) + _DECODED_AFTER, table.count)
            found += self._list(table, 0, end, sample_bytes=each)
        return self._merge(found)

    def _choose(self, stream: int, *, handler: bytes) -> list[SampleTable]:
        """Return the stream's table, or those of all such tracks if the numbers do not match."""
        if stream < len(self.tracks) and self.tracks[stream].handler == handler:
            return [self.tracks[stream].table]
        return [track.table for track in self.tracks if track.handler == handler]

    def _list(
        self,
        table: SampleTable,
        first: int,
        end: int,
        *,
        sample_bytes: int = _LARGE_SAMPLE_BYTES,
        gap_bytes: int = _GAP_BYTES,
    ) -> Iterator[ByteRange]:
        for part in table.list_ranges(first, end, sample_bytes=sample_bytes, gap_bytes=gap_bytes):
            if part.first < self.size_bytes:
                yield build_range(part.first, min(part.end, self.size_bytes))

    def _merge(self, ranges: Iterable[ByteRange]) -> list[ByteRange]:
        return merge_ranges(ranges, gap_bytes=_GAP_BYTES)


def _find_end(table: SampleTable, movie_seconds: float) -> int:
    """Return the number of the sample after the last one that is heard by this movie time."""
    media = (
        min(edit.media_at + max(0.0, movie_seconds - edit.movie_at), edit.media_at + edit.seconds)
        for edit in table.edits
    )
    return table.find_sample(max(media, default=0.0)) + 1


def read_mp4_index(file: BinaryIO, *, size_bytes: int) -> Generator[ByteRange, None, Mp4Index | None]:
    """Yield the ranges to write to the file, and return its index; None if the whole file is
    needed."""
    movie = yield from _find_movie(file, size_bytes=size_bytes)
    if movie is None:
        return None
    if any(find_boxes(file, (b"mvex",), first=movie.body_at, end=movie.end)):
        return None  # fragmented
    ticks = read_movie_ticks(file, movie)
    tracks = []
    for track in find_boxes(file, (b"trak",), first=movie.body_at, end=movie.end):
        handler = read_handler(file, track)
        table = read_sample_table(file, track, handler=handler, movie_ticks=ticks)
        if table is None:
            return None
        tracks.append(Mp4Track(handler, table))
    return Mp4Index(tuple(tracks), size_bytes) if tracks else None


def _find_movie(file: BinaryIO, *, size_bytes: int) -> Generator[ByteRange, None, Box | None]:
    """Yield what has to be read to pass all boxes at the top level, and the index completely."""
    movie, position, read_to = None, 0, 0
    for _ in range(_MAX_TOP_BOXES):
        if position + 8 > size_bytes:
            return movie
        if position + 16 > read_to:
            read_to = min(position + _LOOK_BYTES, size_bytes)
            yield build_range(position, read_to)
        box = next(list_boxes(file, first=position, end=size_bytes), None)
        if box is None or box.kind == b"moof":
            return None
        if box.kind != b"mdat":
            if box.end - position > _MAX_INDEX_BYTES:
                return None
            yield build_range(position, box.end)
            read_to = max(read_to, box.end)
        movie = box if movie is None and box.kind == b"moov" else movie
        position = box.end
    return None
