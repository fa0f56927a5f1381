"""Which bytes of a Matroska or WebM file a reader needs for a part of it, from the file's Cues (RFC
9559, 5.1.5): the place of each key picture's cluster, and of its block inside.

The index is read from a file that is only partly here: `read_matroska_index` yields each range that
it needs, and goes on when that has been written to the file. Files without Cues, as live
recordings are, are left to be read whole, and so are those in doubt (matroska_cues.py).

Between two cues nothing says where a block is, so ranges begin with a cue's cluster, and the sound,
which every cluster has some of, is not found apart.
"""

from bisect import bisect_right
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final

from videoforge_media.byte_ranges import ByteRange, build_range, merge_ranges
from videoforge_media.ebml import SEGMENT, TRACKS, Element, find_elements, list_elements
from videoforge_media.matroska_cues import (
    CLUSTER_HEAD_BYTES,
    Cue,
    PictureTrack,
    list_inside,
    read_cues,
    read_picture_track,
    read_scale,
)

SEEK_HEAD: Final = 0x114D9B74
INFO: Final = 0x1549A966
CLUSTER: Final = 0x1F43B675
CUES: Final = 0x1C53BB6B
_SEEK: Final = 0x4DBB
_SEEK_ID, _SEEK_POSITION = 0x53AB, 0x53AC

#: one request for a few elements
_LOOK_BYTES: Final = 64 << 10
_MAX_ELEMENTS: Final = 64
#: fonts that are attached have some megabytes
_MAX_INDEX_BYTES: Final = 64 << 20
#: six hours with a key picture every two seconds have less than one megabyte; a hostile one takes
#: ten seconds to read
_MAX_CUES_BYTES: Final = 2 << 20
#: FFmpeg identifies most streams with 20 packets of a picture; it gives up after 5 seconds or 5 MB
_HEAD_PICTURES: Final = 40
_UNSTATED_HEAD_SECONDS: Final = 3.0
_HEAD_BYTES: Final = 6 << 20
#: of a key picture whose packet only has to be found; its time and kind are before the content
_PACKET_BYTES: Final = 16 << 10
#: With B-frames ffmpeg seeks three of 23 a second earlier; times are rounded to milliseconds.
_SEEK_EARLIER_SECONDS: Final = 3 / 23 + 0.002
#: what FFmpeg decodes after the last picture that is used (as in mp4_index.py), and how long that is
#: if the track does not state how long a picture is shown
_DECODED_AFTER: Final = 33
_UNSTATED_AFTER_SECONDS: Final = 2.0
#: A separate request costs about as much time as the transfer of this much.
_GAP_BYTES: Final = 64 << 10


@dataclass(frozen=True)
class MatroskaIndex:
    """`cues` are the picture's, in order of time and place. `parts` are all elements beside the
    clusters. Times are seconds on the file's own clock."""

    track: PictureTrack
    cues: Sequence[Cue]
    parts: Sequence[ByteRange]
    first_cluster_at: int
    size_bytes: int

    @property
    def picture_seconds(self) -> float:
        """About how long the picture is: until its last key picture."""
        return self.cues[-1].seconds

    def list_head(self) -> list[ByteRange]:
        """Return what FFmpeg reads to identify the streams, and for the length: the last packets
        are read in the same run."""
        seconds = _HEAD_PICTURES * self.track.default_seconds or _UNSTATED_HEAD_SECONDS
        end = min(self._find_end(self.cues[0].seconds + seconds), self.first_cluster_at + _HEAD_BYTES)
        return self._merge([*self.parts, build_range(0, end), *self.list_tail()])

    def list_tail(self) -> list[ByteRange]:
        """Return what FFmpeg reads after a seek to the end."""
        return [build_range(self.cues[-1].cluster_at, self.size_bytes)]

    def list_picture(
        self, stream: int, *, start_seconds: float, end_seconds: float, is_decoded: bool = True
    ) -> list[ByteRange]:
        """Return what is needed to decode the picture between these times, from the key picture
        before; or to find that key picture's packet only. There is a single picture track, whatever
        its number."""
        first = max(0, bisect_right(self.cues, start_seconds - _SEEK_EARLIER_SECONDS, key=_get_seconds) - 1)
        begin = self.cues[first].cluster_at if first else self.first_cluster_at
        after = _DECODED_AFTER * self.track.default_seconds or _UNSTATED_AFTER_SECONDS
        end = self._find_end(end_seconds + (after if is_decoded else 0.0))
        block_at = self.cues[first].block_at
        if not is_decoded and block_at is not None and end < self.size_bytes:
            end = min(end, block_at + _PACKET_BYTES)
        return self._merge([build_range(begin, end)])

    def list_sound(self, stream: int, *, sample_bytes: int | None) -> list[ByteRange] | None:
        """Return None: sound is in every cluster, and the Cues do not tell where."""
        return None

    def list_first_sound(
        self, stream: int, *, end_seconds: float, sample_bytes: int | None
    ) -> list[ByteRange]:
        """Return everything that is stored until this time."""
        return [build_range(0, self._find_end(end_seconds))]

    def list_key_heads(self, *, length: int) -> list[ByteRange] | None:
        """Return the cluster's and the block's first bytes of each key picture, `length` of the
        latter; None if the Cues do not tell where the blocks are."""
        parts: list[ByteRange] = []
        for cue in self.cues:
            if cue.block_at is None:
                return None
            parts.append(ByteRange(first=cue.cluster_at, length=CLUSTER_HEAD_BYTES))
            block_at = cue.block_at - CLUSTER_HEAD_BYTES  # at least
            parts.append(build_range(block_at, min(cue.block_at + length, self.size_bytes)))
        return merge_ranges(parts)

    def _find_end(self, seconds: float) -> int:
        """Return the place before which all is stored that is needed until this time: that of the
        next key picture, whose cluster may begin with pictures before it."""
        later = bisect_right(self.cues, seconds, key=_get_seconds)
        if later == len(self.cues):
            return self.size_bytes
        if (block_at := self.cues[later].block_at) is not None:
            return min(block_at, self.size_bytes)
        cluster_at = self.cues[later].cluster_at
        return next(
            (cue.cluster_at for cue in self.cues[later:] if cue.cluster_at > cluster_at), self.size_bytes
        )

    def _merge(self, ranges: Iterable[ByteRange]) -> list[ByteRange]:
        return merge_ranges(ranges, gap_bytes=_GAP_BYTES)


def _get_seconds(cue: Cue) -> float:
    return cue.seconds


def read_matroska_index(
    file: BinaryIO, *, size_bytes: int
) -> Generator[ByteRange, None, MatroskaIndex | None]:
    """Yield the ranges to write to the file, and return its index; None if the whole file is
    needed."""
    segment = next(find_elements(file, SEGMENT, first=0, end=size_bytes), None)
    if segment is None or segment.end != size_bytes:
        return None
    walk = yield from _walk_to_cluster(file, segment)
    if walk is None:
        return None
    elements, first_cluster_at = walk
    if not (yield from _follow_seek_heads(file, segment, elements=elements)):
        return None
    scale, track = read_scale(file, elements.get(INFO)), read_picture_track(file, elements.get(TRACKS))
    table = elements.get(CUES)
    if track is None or table is None or table.end - table.body_at > _MAX_CUES_BYTES:
        return None
    cues = read_cues(file, table, track=track, scale=scale, base=segment.body_at)
    if not cues or cues[0].cluster_at < first_cluster_at or cues[-1].cluster_at >= size_bytes:
        return None
    parts = [build_range(0, first_cluster_at)]
    parts += [build_range(max(0, each.body_at - CLUSTER_HEAD_BYTES), each.end) for each in elements.values()]
    return MatroskaIndex(track, cues, parts, first_cluster_at, size_bytes)


def _walk_to_cluster(
    file: BinaryIO, segment: Element
) -> Generator[ByteRange, None, tuple[dict[int, Element], int] | None]:
    """Return the elements before the first cluster, and where that begins."""
    elements: dict[int, Element] = {}
    position, read_to = segment.body_at, _LOOK_BYTES
    for _ in range(_MAX_ELEMENTS):
        if position + CLUSTER_HEAD_BYTES > read_to:
            read_to = min(position + _LOOK_BYTES, segment.end)
            yield build_range(position, read_to)
        element = next(list_elements(file, first=position, end=segment.end), None)
        if element is None or element.id == CLUSTER:
            return (elements, position) if element else None
        if element.end - position > _MAX_INDEX_BYTES:
            return None
        yield build_range(position, element.end)
        read_to = max(read_to, element.end)
        elements.setdefault(element.id, element)
        position = element.end
    return None


def _follow_seek_heads(
    file: BinaryIO, segment: Element, *, elements: dict[int, Element]
) -> Generator[ByteRange, None, bool]:
    """Add the elements that a list of places names, mostly the Cues at the end; FFmpeg reads all of
    them. Return whether they could be read."""
    heads, followed = [elements[SEEK_HEAD]] if SEEK_HEAD in elements else [], 0
    while heads:
        for wanted, position in _list_seeks(file, heads.pop()):
            followed += 1
            at = segment.body_at + position
            if (wanted in elements and wanted != SEEK_HEAD) or wanted == CLUSTER:
                continue
            if followed > _MAX_ELEMENTS or at + CLUSTER_HEAD_BYTES > segment.end:
                return False
            yield ByteRange(first=at, length=CLUSTER_HEAD_BYTES)
            element = next(list_elements(file, first=at, end=segment.end), None)
            if element is None or element.id != wanted or element.end - at > _MAX_INDEX_BYTES:
                return False
            yield build_range(at, element.end)
            if wanted == SEEK_HEAD:
                heads += [element] if element.body_at != elements[SEEK_HEAD].body_at else []
                wanted = -element.body_at  # a second list, kept apart from the first
            elements[wanted] = element
    return True


def _list_seeks(file: BinaryIO, head: Element) -> Iterator[tuple[int, int]]:
    """Yield the id and the place of each element named."""
    for seek in find_elements(file, _SEEK, first=head.body_at, end=head.end):
        numbers = {part.id: part.read_number(file) for part in list_inside(file, seek)}
        if _SEEK_ID in numbers and _SEEK_POSITION in numbers:
            yield numbers[_SEEK_ID], numbers[_SEEK_POSITION]
