"""Which parts of an MP4 are needed for a part of its film, and what a broken index does."""

import io
import struct
from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from videoforge_media.byte_ranges import (
    ByteRange,
    build_range,
    count_bytes,
    intersect_ranges,
    merge_ranges,
    subtract_ranges,
)
from videoforge_media.mp4_index import Mp4Index, Mp4Track, read_mp4_index
from videoforge_media.sample_table import Edit, Runs, SampleTable

bounded = settings(max_examples=100, deadline=None, derandomize=True, database=None)

#: four samples of a picture a second, each of 100,000 bytes; a key sample every second
SECONDS, RATE, SAMPLE_BYTES, SOUND_BYTES = 60, 4, 100_000, 8000
HEAD_BYTES = 24


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", 8 + len(body)) + kind + body


def table(kind: bytes, *rows: tuple[int, ...], head: bytes = b"") -> bytes:
    numbers = b"".join(struct.pack(f">{len(row)}i", *row) for row in rows)
    return box(kind, bytes(4), head, struct.pack(">I", len(rows)), numbers)


def build_track(handler: bytes, *tables: bytes, edits: bytes = b"", ticks: int = 1000) -> bytes:
    return box(
        b"trak",
        edits,
        box(
            b"mdia",
            box(b"mdhd", bytes(12), struct.pack(">I", ticks), bytes(8)),
            box(b"hdlr", bytes(8), handler, bytes(12)),
            box(b"minf", box(b"stbl", *tables)),
        ),
    )


def build_film(*, edits: bytes = b"", sound_sizes: bytes | None = None) -> tuple[bytes, int]:
    """Return the start of a file, and its size: for each second, a chunk of picture and a chunk of
    sound."""
    second = RATE * SAMPLE_BYTES + SOUND_BYTES
    for_index = bytes(8)
    for _ in range(2):  # the second time with the index's own size
        first = HEAD_BYTES + len(for_index) + 8
        picture = build_track(
            b"vide",
            table(b"stts", (SECONDS * RATE, 1000 // RATE)),
            table(b"ctts", (SECONDS * RATE, 250)),
            table(b"stss", *((1 + RATE * number,) for number in range(SECONDS))),
            table(b"stsc", (1, RATE, 1)),
            table(b"stsz", *(((SAMPLE_BYTES,)) for _ in range(SECONDS * RATE)), head=bytes(4)),
            table(b"stco", *((first + number * second,) for number in range(SECONDS))),
            edits=edits,
        )
        sound = build_track(
            b"soun",
            table(b"stts", (SECONDS * 2000, 1)),
            table(b"stsc", (1, 2000, 1)),
            sound_sizes or box(b"stsz", bytes(4), struct.pack(">II", 1, SECONDS * 2000)),
            table(b"stco", *((first + number * second + RATE * SAMPLE_BYTES,) for number in range(SECONDS))),
            ticks=2000,
        )
        for_index = box(b"moov", box(b"mvhd", bytes(12), struct.pack(">I", 1000), bytes(80)), picture, sound)
    data = struct.pack(">I", 8 + SECONDS * second) + b"mdat"
    start = box(b"ftyp", bytes(HEAD_BYTES - 8)) + for_index + data
    return start, len(start) + SECONDS * second


def read(start: bytes, size: int) -> tuple[Mp4Index | None, list[ByteRange]]:
    walk, asked = read_mp4_index(io.BytesIO(start), size_bytes=size), []
    while True:
        try:
            asked.append(next(walk))
        except StopIteration as end:
            return end.value, asked


def list_seconds(ranges: Iterable[ByteRange], *, start: bytes) -> list[tuple[float, float]]:
    """Return the ranges in seconds of the film."""
    second = RATE * SAMPLE_BYTES + SOUND_BYTES
    return [((part.first - len(start)) / second, (part.end - len(start)) / second) for part in ranges]


def test_a_span_reaches_from_the_key_sample_before_to_what_the_decoder_reads_after_it() -> None:
    start, size = build_film()
    index, asked = read(start, size)
    assert index is not None
    assert asked[0].first == 0
    assert count_bytes(merge_ranges(asked)) < 2 * (64 << 10) + len(start)
    [(first, end)] = list_seconds(index.list_picture(0, start_seconds=20.9, end_seconds=26), start=start)
    # the key sample at 20.0 s is shown at 20.25 s; 32 samples after 26 s are 8 seconds
    assert (first, end) == (20, pytest.approx(34.25, abs=0.05))
    [(first, _)] = list_seconds(index.list_picture(0, start_seconds=20.2, end_seconds=26), start=start)
    assert first == 19
    [(first, end)] = list_seconds(index.list_picture(0, start_seconds=58, end_seconds=99), start=start)
    assert (first, end) == (57, pytest.approx(60, abs=0.05))


def test_an_edit_list_shifts_the_film() -> None:
    edits = box(b"edts", table(b"elst", (5000, -1, 1 << 16), (30_000, 10_250, 1 << 16)))
    index, _ = read(*build_film(edits=edits))
    start, _ = build_film(edits=edits)
    assert index is not None
    [(first, _)] = list_seconds(index.list_picture(0, start_seconds=8.1, end_seconds=9), start=start)
    assert first == 13
    assert index.list_picture(0, start_seconds=1, end_seconds=4) == []
    fast = box(b"edts", table(b"elst", (30_000, 0, 2 << 16)))
    assert read(*build_film(edits=fast))[0] is None


def test_sound_is_read_alone_where_it_is_stored_apart() -> None:
    start, size = build_film()
    index, _ = read(start, size)
    assert index is not None
    found = index.list_sound(1, sample_bytes=4)
    assert found is not None
    assert [part.length for part in found] == [SOUND_BYTES] * SECONDS
    assert index.list_sound(1, sample_bytes=None) is None  # QuickTime's sizes cannot be trusted


def test_the_first_sound_is_what_is_heard_until_then_and_what_the_decoder_reads_after_it() -> None:
    start, size = build_film()
    index, _ = read(start, size)
    assert index is not None
    found = index.list_first_sound(1, end_seconds=9.99, sample_bytes=4)
    assert [part.length for part in found] == [SOUND_BYTES] * 10 + [(32 + 1 - 20) * 4]
    assert index.list_first_sound(1, end_seconds=99, sample_bytes=4) == index.list_sound(1, sample_bytes=4)


def test_the_first_sound_after_a_pause_at_the_start_is_found_by_its_edit() -> None:
    table_ = SampleTable(
        ticks=10,
        edits=(Edit(movie_at=5, media_at=2, seconds=60),),
        chunk_offsets=[0],
        samples_per_chunk=Runs([1], [1000]),
        sizes=[1] * 1000,
        keys=None,
        steps=Runs([1000], [1]),
        shifts=None,
    )
    index = Mp4Index((Mp4Track(b"soun", table_),), 1000)
    [found] = index.list_first_sound(0, end_seconds=15, sample_bytes=None)
    assert (found.first, found.length) == (0, 120 + 1 + 32)  # 12 s of the media
    [found] = index.list_first_sound(0, end_seconds=3, sample_bytes=None)
    assert found.length == 20 + 1 + 32


@bounded
@given(
    offsets=st.lists(st.integers(0, 40), min_size=1, max_size=8),
    each=st.integers(1, 3),
    sizes=st.lists(st.integers(0, 9), min_size=24, max_size=24),
    span=st.tuples(st.integers(0, 24), st.integers(0, 24)),
    gap_bytes=st.integers(0, 20),
)
def test_chunks_that_are_close_are_one_range(
    offsets: list[int], each: int, sizes: list[int], span: tuple[int, int], gap_bytes: int
) -> None:
    count = len(offsets) * each
    table_ = SampleTable(
        ticks=1,
        edits=(),
        chunk_offsets=offsets,
        samples_per_chunk=Runs([len(offsets)], [each]),
        sizes=sizes,
        keys=None,
        steps=Runs([count], [1]),
        shifts=None,
    )
    first, end = (min(at, count) for at in sorted(span))
    found = list(table_.list_ranges(first, end, sample_bytes=0, gap_bytes=gap_bytes))
    starts = [
        (offsets[number // each] + sum(sizes[number - number % each : number]), sizes[number])
        for number in range(first, end)
    ]
    alone = [ByteRange(first=at, length=length) for at, length in starts]
    assert list_bytes(table_.list_ranges(first, end, sample_bytes=0)) == list_bytes(alone)
    assert list_bytes(merge_ranges(found, gap_bytes=gap_bytes)) == list_bytes(
        merge_ranges(alone, gap_bytes=gap_bytes)
    )


@pytest.mark.parametrize("kind", [b"stss", b"stsc", b"stco", b"stts", b"ctts"])
def test_an_index_cut_off_in_the_middle_of_a_table_is_not_used(kind: bytes) -> None:
    start, size = build_film()
    at = start.index(kind)
    broken = start[: at + 8] + b"\x7f\xff\xff\xff" * 2 + start[at + 16 :]
    assert read(broken, size)[0] is None


@bounded
@given(at=st.integers(24, 3000), change=st.binary(min_size=1, max_size=8), seconds=st.floats(-9, 99))
def test_any_index_names_places_in_the_file_or_none(at: int, change: bytes, seconds: float) -> None:
    start, size = build_film()
    index, asked = read(start[:at] + change + start[at + len(change) :], size)
    found = [*asked]
    if index:
        found += index.list_head() + index.list_tail() + (index.list_sound(1, sample_bytes=4) or [])
        found += index.list_picture(0, start_seconds=seconds, end_seconds=seconds + 6)
        found += index.list_first_sound(1, end_seconds=seconds, sample_bytes=4)
    assert all(0 <= part.first <= part.end <= size for part in found)


RANGES = st.lists(st.builds(ByteRange, first=st.integers(0, 60), length=st.integers(0, 12)), max_size=6)


def list_bytes(ranges: Iterable[ByteRange]) -> set[int]:
    return {at for part in ranges for at in range(part.first, part.end)}


@bounded
@given(some=RANGES, others=RANGES)
def test_ranges_are_sets_of_bytes(some: list[ByteRange], others: list[ByteRange]) -> None:
    first, second = merge_ranges(some), merge_ranges(others)
    assert list_bytes(first) == list_bytes(some)
    assert count_bytes(first) == len(list_bytes(some))
    assert all(part.end < later.first for part, later in pairwise(first))
    assert list_bytes(subtract_ranges(first, second)) == list_bytes(some) - list_bytes(others)
    assert list_bytes(intersect_ranges(first, second)) == list_bytes(some) & list_bytes(others)


def test_ranges_that_are_close_are_read_together() -> None:
    parts = [build_range(0, 10), build_range(15, 20), build_range(26, 30)]
    assert merge_ranges(parts, gap_bytes=5) == [build_range(0, 20), build_range(26, 30)]
