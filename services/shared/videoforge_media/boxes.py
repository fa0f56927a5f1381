"""The boxes of an ISO base media or QuickTime file (ISO/IEC 14496-12, 4.2), for what ffprobe does
not report.

Only headers are read, so that a file of any size costs a few hundred small reads. Sizes in the file
are untrusted: a box never extends past the one that contains it, and the number of boxes read is
bounded.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

#: a film of six hours in fragments of a second has 43,000 at the top level
_MAX_BOXES: Final = 100_000
#: a full box's version and flags, and the number of entries
_STSD_HEAD_BYTES: Final = 8
#: from the start of a picture's sample entry to the boxes inside: VisualSampleEntry, 12.1.3
_VISUAL_ENTRY_BYTES: Final = 78
_HANDLER_AT: Final = 8
#: a full box's version and flags, and the number of chunks
_TABLE_HEAD_BYTES: Final = 8
#: enough for an access unit delimiter, the parameter sets, and the encoder's SEI text
_SAMPLE_HEAD_BYTES: Final = 4096


@dataclass(frozen=True)
class Box:
    """`kind` is the four bytes of the type; `body_at` and `end` are offsets in the file."""

    kind: bytes
    body_at: int
    end: int

    def read(self, file: BinaryIO, size: int, *, at: int = 0) -> bytes:
        """Return up to `size` bytes of the body."""
        first = self.body_at + at
        file.seek(first)
        return file.read(max(0, min(size, self.end - first)))


@dataclass(frozen=True)
class SampleEntry:
    """The format of a track's samples: its box in `stsd`, the track's handler (`vide`, `soun`, …)
    and its offset in the file."""

    handler: bytes
    box: Box
    track_at: int

    def list_parts(self, file: BinaryIO) -> Iterator[Box]:
        """Yield the boxes inside a picture's entry."""
        return list_boxes(file, first=self.box.body_at + _VISUAL_ENTRY_BYTES, end=self.box.end)


def list_boxes(file: BinaryIO, *, first: int, end: int) -> Iterator[Box]:
    """Yield the consecutive boxes from `first` on, until one cannot be read."""
    position = first
    for _ in range(_MAX_BOXES):
        if position + 8 > end:
            return
        file.seek(position)
        header = file.read(16)
        if len(header) < 8:
            return
        size, body_at = int.from_bytes(header[:4], "big"), position + 8
        if size == 1 and len(header) == 16:
            size, body_at = int.from_bytes(header[8:], "big"), position + 16
        elif size == 0:  # "to the end of the file"
            size = end - position
        if size < body_at - position:
            return
        yield Box(header[4:8], body_at, min(position + size, end))
        position += size


def list_sample_entries(file: BinaryIO, *, size_bytes: int) -> Iterator[SampleEntry]:
    """Yield the sample entries of all tracks, track by track."""
    for track in find_boxes(file, (b"moov", b"trak"), first=0, end=size_bytes):
        handler = read_handler(file, track)
        path = (b"mdia", b"minf", b"stbl", b"stsd")
        for table in find_boxes(file, path, first=track.body_at, end=track.end):
            for entry in list_boxes(file, first=table.body_at + _STSD_HEAD_BYTES, end=table.end):
                yield SampleEntry(handler, entry, track.body_at)


def list_tracks(file: BinaryIO, *, handler: bytes, size_bytes: int) -> Iterator[Box]:
    """Yield the tracks with this handler, in the file's order."""
    for track in find_boxes(file, (b"moov", b"trak"), first=0, end=size_bytes):
        if read_handler(file, track) == handler:
            yield track


def read_handler(file: BinaryIO, track: Box) -> bytes:
    """Return what a track contains: `vide`, `soun`, …"""
    handlers = find_boxes(file, (b"mdia", b"hdlr"), first=track.body_at, end=track.end)
    return next((box.read(file, 4, at=_HANDLER_AT) for box in handlers), b"")


def list_first_samples(file: BinaryIO, *, handler: bytes, size_bytes: int) -> Iterator[bytes]:
    """Yield the start of the first sample of each track with this handler, and of its first
    fragment."""
    ids = set()
    for track in list_tracks(file, handler=handler, size_bytes=size_bytes):
        ids |= {_read_track_id(box, file) for box in list_boxes(file, first=track.body_at, end=track.end)}
        for kind, width in ((b"stco", 4), (b"co64", 8)):
            path = (b"mdia", b"minf", b"stbl", kind)
            for table in find_boxes(file, path, first=track.body_at, end=track.end):
                offset = table.read(file, width, at=_TABLE_HEAD_BYTES)
                if len(offset) == width:
                    yield _read_sample(file, at=int.from_bytes(offset, "big"), size_bytes=size_bytes)
    fragments = list_boxes(file, first=0, end=size_bytes)
    first = next((box for box in fragments if box.kind == b"moof"), None)
    for at in _list_run_starts(file, first, ids=ids) if first else ():
        yield _read_sample(file, at=at, size_bytes=size_bytes)


def _read_sample(file: BinaryIO, *, at: int, size_bytes: int) -> bytes:
    file.seek(min(at, size_bytes))
    return file.read(_SAMPLE_HEAD_BYTES)


def _read_track_id(box: Box, file: BinaryIO) -> int | None:
    """Return the track number in a track header (8.3.2)."""
    if box.kind != b"tkhd":
        return None
    head = box.read(file, 24)
    return int.from_bytes(head[20:24] if head[:1] == b"\1" else head[12:16], "big")


def _list_run_starts(file: BinaryIO, fragment: Box, *, ids: Collection[int | None]) -> Iterator[int]:
    """Yield where each of these tracks' samples start in a fragment, if it says so (8.8.7,
    8.8.8)."""
    for track in find_boxes(file, (b"traf",), first=fragment.body_at, end=fragment.end):
        for header in find_boxes(file, (b"tfhd",), first=track.body_at, end=track.end):
            about = header.read(file, 16)
            if len(about) < 8 or int.from_bytes(about[4:8], "big") not in ids:
                continue
            base = int.from_bytes(about[8:16], "big") if about[3] & 1 else fragment.body_at - 8
            for run in find_boxes(file, (b"trun",), first=track.body_at, end=track.end):
                runs = run.read(file, 12)
                if len(runs) == 12 and runs[3] & 1:
                    yield base + int.from_bytes(runs[8:12], "big", signed=True)
                break


def find_boxes(file: BinaryIO, path: tuple[bytes, ...], *, first: int, end: int) -> Iterator[Box]:
    """Yield the boxes at the end of a path of types."""
    for box in list_boxes(file, first=first, end=end):
        if box.kind == path[0]:
            if len(path) == 1:
                yield box
            else:
                yield from find_boxes(file, path[1:], first=box.body_at, end=box.end)
