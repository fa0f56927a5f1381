"""Which parts of a Matroska file are needed for a part of its film, and what doubtful Cues do."""

import io
import struct
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from videoforge_media import matroska_index
from videoforge_media.byte_ranges import ByteRange, build_range, count_bytes
from videoforge_media.matroska_headers import has_own_headers_only, list_key_heads
from videoforge_media.matroska_index import MatroskaIndex, read_matroska_index

bounded = settings(max_examples=200, deadline=None, derandomize=True, database=None)

#: a key picture every ten seconds, each in a cluster of its own, after a block of sound
SECONDS, GROUP_SECONDS, GROUP_BYTES = 60, 10, 200_000
SPS, OTHER_SPS, SLICE = b"\x67\x4d\x40\x14", b"\x67\x4d\x40\x1e", b"\x65\x88\x84\x00"
#: an avcC box's content up to the length size (4), one SPS
PRIVATE = b"\x01\x4d\x40\x14\xff\xe1\x00\x04" + SPS


def element(id_: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return id_.to_bytes((id_.bit_length() + 7) // 8, "big") + (len(body) | 1 << 56).to_bytes(8, "big") + body


def number(id_: int, value: int) -> bytes:
    return element(id_, value.to_bytes(8, "big"))


def track(number_: int, kind: int, private: bytes = b"", *, more: bytes = b"") -> bytes:
    parts = number(0xD7, number_), number(0x83, kind), number(0x23E383, 40_000_000)
    return element(0xAE, *parts, element(0x63A2, private), more)


def build_units(*units: bytes) -> bytes:
    return b"".join(struct.pack(">I", len(unit)) + unit for unit in units)


def block(track_number: int, content: bytes) -> bytes:
    return element(0xA3, bytes([0x80 | track_number, 0, 0, 0x80]), content)


def build_film(
    *,
    keys: Sequence[bytes] = (build_units(SLICE),) * (SECONDS // GROUP_SECONDS),
    tracks: Sequence[bytes] = (track(1, 1, PRIVATE), track(2, 2)),
    cue_times: Sequence[int] = tuple(range(0, SECONDS * 1000, GROUP_SECONDS * 1000)),
    has_relative: bool = True,
) -> tuple[bytes, list[int], list[int]]:
    """Return a file, and where its clusters and the key pictures' blocks begin. The Cues are at the
    end."""
    info = element(0x1549A966, number(0x2AD7B1, 1_000_000))
    sound = block(2, bytes(1000))
    clusters = [
        element(0x1F43B675, number(0xE7, at * GROUP_SECONDS * 1000), sound, block(1, key), bytes(GROUP_BYTES))
        for at, key in enumerate(keys)
    ]
    seek_bytes = len(build_seek_head(0))
    start = build_seek_head(0) + info + element(0x1654AE6B, *tracks)
    firsts = [len(start) + sum(map(len, clusters[:at])) for at in range(len(clusters))]
    relative = len(number(0xE7, 0) + sound)
    points = [
        element(
            0xBB,
            number(0xB3, time),
            element(
                0xB7,
                number(0xF7, 1),
                number(0xF1, first),
                number(0xF0, relative) if has_relative else b"",
            ),
        )
        for time, first in zip(cue_times, firsts, strict=True)
    ]
    cues_at = len(start) + sum(map(len, clusters))
    segment = (
        build_seek_head(cues_at) + start[seek_bytes:] + b"".join(clusters) + element(0x1C53BB6B, *points)
    )
    head = element(0x1A45DFA3, bytes(20))
    content = head + element(0x18538067, segment)
    base = len(content) - len(segment)
    places = [base + first for first in firsts]
    return content, places, [place + 12 + relative for place in places]


def build_seek_head(cues_at: int) -> bytes:
    name = element(0x53AB, (0x1C53BB6B).to_bytes(4, "big"))
    return element(0x114D9B74, element(0x4DBB, name, number(0x53AC, cues_at)))


def read(content: bytes) -> tuple[MatroskaIndex | None, list[ByteRange]]:
    """Return the index as read from a file that contains only what was asked for, and that."""
    held = bytearray(len(content))
    held[: 64 << 10] = content[: 64 << 10]
    wanted: list[ByteRange] = []
    file = io.BytesIO(bytes(held))
    walk = read_matroska_index(file, size_bytes=len(content))
    while True:
        try:
            part = next(walk)
        except StopIteration as end:
            return end.value, wanted
        wanted.append(part)
        file.seek(part.first)
        file.write(content[part.first : part.end])


def get_index(content: bytes) -> MatroskaIndex:
    index, _ = read(content)
    assert index is not None
    return index


def test_the_index_costs_little() -> None:
    content, _, _ = build_film()
    index, wanted = read(content)
    assert index is not None
    assert index.picture_seconds == SECONDS - GROUP_SECONDS
    assert count_bytes(wanted) < 10_000


def test_a_part_begins_with_a_key_pictures_cluster_and_ends_at_the_next_ones_block() -> None:
    content, clusters, blocks = build_film()
    index = get_index(content)
    assert index.list_picture(0, start_seconds=25, end_seconds=31) == [build_range(clusters[2], blocks[4])]
    # B-frames let ffmpeg seek an eighth of a second earlier; 33 pictures are decoded after the last
    assert index.list_picture(0, start_seconds=30.1, end_seconds=38) == [build_range(clusters[2], blocks[4])]
    assert index.list_picture(0, start_seconds=30.2, end_seconds=38.8) == [
        build_range(clusters[3], blocks[5])
    ]


def test_the_first_and_the_last_part_reach_the_ends() -> None:
    content, clusters, blocks = build_film()
    index = get_index(content)
    assert index.list_picture(0, start_seconds=-1, end_seconds=3) == [build_range(clusters[0], blocks[1])]
    last = [build_range(clusters[4], len(content))]
    assert index.list_picture(0, start_seconds=45, end_seconds=60) == last
    assert index.list_picture(0, start_seconds=45, end_seconds=45, is_decoded=False) == [
        ByteRange(first=clusters[4], length=blocks[4] - clusters[4] + (16 << 10))
    ]


def test_without_the_blocks_places_the_next_key_pictures_whole_cluster_is_read() -> None:
    content, clusters, _ = build_film(has_relative=False)
    index = get_index(content)
    assert index.list_picture(0, start_seconds=25, end_seconds=31) == [build_range(clusters[2], clusters[5])]
    assert list_key_heads(index, codec="h264") is None


def test_what_opens_the_file_is_its_start_its_cues_and_its_last_cluster() -> None:
    content, clusters, blocks = build_film()
    head = get_index(content).list_head()
    assert head == [build_range(0, blocks[1]), build_range(clusters[5], len(content))]


@pytest.mark.parametrize(
    "change",
    [
        {"tracks": (track(1, 1, PRIVATE), track(2, 1))},
        {"tracks": (track(2, 2),)},
        {"tracks": (track(3, 1, PRIVATE),)},
        {"cue_times": (0, 10_000, 20_000, 20_000, 40_000, 50_000)},
    ],
    ids=["two pictures", "sound only", "cues of another track", "two cues at one time"],
)
def test_in_doubt_there_is_no_index(change: dict[str, Sequence[bytes]]) -> None:
    content, _, _ = build_film(**change)  # type: ignore[arg-type]
    assert read(content)[0] is None


def test_cues_that_take_long_to_read_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    content, _, _ = build_film()
    monkeypatch.setattr(matroska_index, "_MAX_CUES_BYTES", 300)
    assert read(content)[0] is None


def test_a_file_that_is_cut_off_or_has_more_after_it_has_no_index() -> None:
    content, _, _ = build_film()
    assert read(content[:-1000])[0] is None
    assert read(content + bytes(1000))[0] is None


@pytest.mark.parametrize(
    ("third", "expected"),
    [
        (build_units(SLICE), True),
        (build_units(b"\x09\xf0", SPS, SLICE), True),
        (build_units(OTHER_SPS, SLICE), False),
        (build_units(b"\x06" + bytes(4000), SLICE), False),
        (b"", False),
    ],
    ids=["none", "the same", "another", "too far in", "an empty block"],
)
def test_headers_before_a_key_picture_are_compared_with_the_files(third: bytes, expected: bool) -> None:
    usual = build_units(SLICE)
    content, _, _ = build_film(keys=(usual, usual, third, usual, usual, usual))
    index = get_index(content)
    heads = list_key_heads(index, codec="h264")
    assert heads is not None
    assert count_bytes(heads) < 6 * 2100
    held = bytearray(len(content))
    for part in heads:
        held[part.first : part.end] = content[part.first : part.end]
    assert has_own_headers_only(io.BytesIO(bytes(held)), index, codec="h264") is expected


@pytest.mark.parametrize(
    ("codec", "entry"),
    [
        ("vp9", track(1, 1, PRIVATE)),
        ("h264", track(1, 1)),
        ("h264", track(1, 1, PRIVATE.replace(b"\xff", b"\xfd"))),
        ("h264", track(1, 1, PRIVATE, more=element(0x6D80))),
    ],
    ids=["another codec", "no headers", "short lengths", "compressed"],
)
def test_other_headers_cannot_be_compared(codec: str, entry: bytes) -> None:
    content, _, _ = build_film(tracks=(entry,))
    assert list_key_heads(get_index(content), codec=codec) is None


@bounded
@given(at=st.integers(0, 1500), from_end=st.booleans(), value=st.integers(0, 255))
def test_no_broken_file_asks_for_more_than_there_is(at: int, from_end: bool, value: int) -> None:
    content, _, _ = build_film()
    broken = bytearray(content)
    broken[-1 - at if from_end else at] = value
    index, wanted = read(bytes(broken))
    if index is not None:
        wanted += index.list_head()
        for start in (-5.0, 0.0, 31.0, 1e9):
            wanted += index.list_picture(0, start_seconds=start, end_seconds=start + 5)
        wanted += list_key_heads(index, codec="h264") or []
    assert all(part.first >= 0 and part.length >= 0 and part.end <= len(content) for part in wanted)
