"""The elements of a Matroska or WebM file (RFC 8794, RFC 9559), for what ffprobe does not report.

Only headers and small numbers are read. Sizes in the file are untrusted: an element never extends
past the one that contains it, and the number of elements read is bounded.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

#: clusters before the tracks are skipped, and a long film has thousands
_MAX_ELEMENTS: Final = 100_000
_MAX_NUMBER_BYTES: Final = 8

SEGMENT: Final = 0x18538067
TRACKS: Final = 0x1654AE6B
TRACK_ENTRY: Final = 0xAE


@dataclass(frozen=True)
class Element:
    """`body_at` and `end` are offsets in the file."""

    id: int
    body_at: int
    end: int

    def read_number(self, file: BinaryIO) -> int:
        """Return the value of an unsigned integer; with no bytes it is 0 (RFC 8794, 7.2)."""
        file.seek(self.body_at)
        return int.from_bytes(file.read(min(_MAX_NUMBER_BYTES, self.end - self.body_at)), "big")


def list_elements(file: BinaryIO, *, first: int, end: int) -> Iterator[Element]:
    """Yield the consecutive elements from `first` on, until one cannot be read. An element of
    unknown size, as in a live recording, extends to the end."""
    position = first
    for _ in range(_MAX_ELEMENTS):
        if position >= end:
            return
        file.seek(position)
        header = file.read(12)
        id_length = _measure_number(header, at=0)
        size_length = _measure_number(header, at=id_length)
        body_at = position + id_length + size_length
        if not id_length or id_length > 4 or not size_length or len(header) < id_length + size_length:
            return
        mask = (1 << 7 * size_length) - 1
        size = int.from_bytes(header[id_length : id_length + size_length], "big") & mask
        stop = end if size == mask else min(body_at + size, end)
        yield Element(int.from_bytes(header[:id_length], "big"), body_at, stop)
        position = stop


def _measure_number(header: bytes, *, at: int) -> int:
    """Return the length in bytes of the number at this place, by its leading zeros; 0 if there is
    none."""
    return 9 - header[at].bit_length() if at < len(header) and header[at] else 0


def find_elements(file: BinaryIO, *path: int, first: int, end: int) -> Iterator[Element]:
    """Yield the elements at the end of a path of ids."""
    for element in list_elements(file, first=first, end=end):
        if element.id == path[0]:
            if len(path) == 1:
                yield element
            else:
                yield from find_elements(file, *path[1:], first=element.body_at, end=element.end)


def list_tracks(file: BinaryIO, *, size_bytes: int) -> Iterator[Element]:
    """Yield the entries of all tracks, in the file's order. Reading stops after the segment's first
    list of tracks: gigabytes of clusters may follow."""
    for segment in find_elements(file, SEGMENT, first=0, end=size_bytes):
        for tracks in find_elements(file, TRACKS, first=segment.body_at, end=segment.end):
            yield from find_elements(file, TRACK_ENTRY, first=tracks.body_at, end=tracks.end)
            return
