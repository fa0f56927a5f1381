"""Reads a track's SampleTable from its boxes (ISO/IEC 14496-12, 8.5 to 8.7).

Numbers in the file are untrusted: tables are bounded, and one that contradicts another makes
`read_sample_table` return None. So do the rare kinds that are not read here, such as compact sizes
(`stz2`) and edits that change the speed.
"""

import struct
import sys
from array import array
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import BinaryIO, Final, Literal

from videoforge_media.boxes import Box, find_boxes, list_boxes
from videoforge_media.sample_table import Edit, Runs, SampleTable

#: six hours at 120 pictures a second have 2.6 million
_MAX_ENTRIES: Final = 8_000_000
_HEAD_BYTES: Final = 8
_STSZ_HEAD_BYTES: Final = 12
#: the normal speed of an edit, as a number with 16 bits after the point
_NORMAL_RATE: Final = 1 << 16
#: an edit without a duration lasts to the end
_ENDLESS_SECONDS: Final = 1e9

_Tables = Mapping[bytes, Box]


def read_movie_ticks(file: BinaryIO, movie: Box) -> int:
    """Return the units per second of the movie's own clock; 0 if it states none."""
    return _read_ticks(file, movie, b"mvhd")


def read_sample_table(file: BinaryIO, track: Box, *, handler: bytes, movie_ticks: int) -> SampleTable | None:
    try:
        return _read_table(file, track, handler=handler, movie_ticks=movie_ticks)
    except (ValueError, IndexError, KeyError, OverflowError, StopIteration, struct.error):
        return None


def _read_table(file: BinaryIO, track: Box, *, handler: bytes, movie_ticks: int) -> SampleTable:
    parts = find_boxes(file, (b"mdia", b"minf", b"stbl"), first=track.body_at, end=track.end)
    tables = {box.kind: box for part in parts for box in list_boxes(file, first=part.body_at, end=part.end)}
    ticks = next(_read_ticks(file, box, b"mdhd") for box in _list(file, track, b"mdia"))
    offsets = _read_offsets(file, tables)
    per_chunk = _read_samples_per_chunk(file, tables, chunk_count=len(offsets))
    steps, sizes = _read_runs(file, tables[b"stts"]), _read_sizes(file, tables, handler=handler)
    samples = sum(count * each for count, each in zip(per_chunk.counts, per_chunk.values, strict=True))
    if not ticks or not movie_ticks or not steps.total or steps.total > samples:
        raise ValueError("the tables contradict each other")
    if sizes is not None and len(sizes) < steps.total:
        raise ValueError("the tables contradict each other")
    return SampleTable(
        ticks=ticks,
        edits=tuple(_read_edits(file, track, ticks=ticks, movie_ticks=movie_ticks)),
        chunk_offsets=offsets,
        samples_per_chunk=per_chunk,
        sizes=sizes,
        keys=_read_keys(file, tables),
        steps=steps,
        shifts=_read_runs(file, tables[b"ctts"], is_signed=True) if b"ctts" in tables else None,
    )


def _list(file: BinaryIO, box: Box, *path: bytes) -> list[Box]:
    return list(find_boxes(file, path, first=box.body_at, end=box.end))


def _read_ticks(file: BinaryIO, outer: Box, kind: bytes) -> int:
    head = next((box.read(file, 24) for box in _list(file, outer, kind)), b"")
    return int.from_bytes(head[20:24] if head[:1] == b"\1" else head[12:16], "big")


def _read_numbers(
    file: BinaryIO, box: Box, *, kind: Literal["I", "i", "Q"], each: int, head_bytes: int = _HEAD_BYTES
) -> "array[int]":
    """Return the numbers of a table's entries, which have `each` numbers. Raises ValueError if the
    box is shorter than its count says."""
    count = each * int.from_bytes(box.read(file, 4, at=head_bytes - 4), "big")
    numbers = array(kind)
    if count > _MAX_ENTRIES:
        raise ValueError("the table is too long")
    numbers.frombytes(box.read(file, count * numbers.itemsize, at=head_bytes))
    if len(numbers) < count:
        raise ValueError("the table is cut off")
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers


def _read_runs(file: BinaryIO, box: Box, *, is_signed: bool = False) -> Runs:
    numbers = _read_numbers(file, box, kind="i" if is_signed else "I", each=2)
    if min(numbers[0::2], default=0) < 0:
        raise ValueError("a run has a negative length")
    return Runs(numbers[0::2], numbers[1::2])


def _read_offsets(file: BinaryIO, tables: _Tables) -> "array[int]":
    if b"co64" in tables:
        return _read_numbers(file, tables[b"co64"], kind="Q", each=1)
    return _read_numbers(file, tables[b"stco"], kind="I", each=1)


def _read_samples_per_chunk(file: BinaryIO, tables: _Tables, *, chunk_count: int) -> Runs:
    """The table has the first chunk of each run, which counts from 1, and not how many it has."""
    numbers = _read_numbers(file, tables[b"stsc"], kind="I", each=3)
    firsts, values = [number - 1 for number in numbers[0::3]], numbers[1::3]
    counts = [later - first for first, later in pairwise([*firsts, chunk_count])]
    if firsts[0] != 0 or min(counts) <= 0 or min(values) == 0:
        raise ValueError("the runs of chunks are not in order")
    return Runs(counts, values)


def _read_sizes(file: BinaryIO, tables: _Tables, *, handler: bytes) -> Sequence[int] | None:
    """Return the samples' sizes. One size for all is only trusted for pictures: QuickTime's sound
    says 1 byte, or counts differently."""
    box = tables[b"stsz"]
    head = box.read(file, _STSZ_HEAD_BYTES)
    size, count = int.from_bytes(head[4:8], "big"), int.from_bytes(head[8:12], "big")
    if not size:
        return _read_numbers(file, box, kind="I", each=1, head_bytes=_STSZ_HEAD_BYTES)
    if count > _MAX_ENTRIES or handler != b"vide":
        return None
    return array("I", [size]) * count


def _read_keys(file: BinaryIO, tables: _Tables) -> Sequence[int] | None:
    if b"stss" not in tables:
        return None
    keys = array("I", (number - 1 for number in _read_numbers(file, tables[b"stss"], kind="I", each=1)))
    if not keys or any(later <= first for first, later in pairwise(keys)):
        raise ValueError("the key samples are not in order")
    return keys


def _read_edits(file: BinaryIO, track: Box, *, ticks: int, movie_ticks: int) -> list[Edit]:
    """Return the edits that show something; without a list the whole media is shown."""
    found: list[Edit] = []
    movie_at = 0.0
    boxes = _list(file, track, b"edts", b"elst")
    for duration, media_at, rate in _list_entries(file, boxes[0]) if boxes else ():
        seconds = duration / movie_ticks
        if media_at >= 0:
            if rate != _NORMAL_RATE:
                raise ValueError("an edit changes the speed")
            found.append(Edit(movie_at, media_at / ticks, seconds or _ENDLESS_SECONDS))
        movie_at += seconds
    return found or [Edit(0.0, 0.0, _ENDLESS_SECONDS)]


def _list_entries(file: BinaryIO, box: Box) -> list[tuple[int, int, int]]:
    head = box.read(file, _HEAD_BYTES)
    count = int.from_bytes(head[4:8], "big")
    layout = struct.Struct(">QqI" if head[:1] == b"\1" else ">IiI")
    if count > _MAX_ENTRIES:
        raise ValueError("the table is too long")
    body = box.read(file, count * layout.size, at=_HEAD_BYTES)
    return list(layout.iter_unpack(body))
