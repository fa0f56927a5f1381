"""The small readers of boxes, elements and packets: correct on files built here, bounded for any
bytes."""

import contextlib
import io
import struct
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from videoforge_media.boxes import list_boxes, list_sample_entries
from videoforge_media.captions import has_captions
from videoforge_media.ebml import list_elements, list_tracks
from videoforge_media.encryption import is_encrypted
from videoforge_media.errors import MediaRejected
from videoforge_media.extras import find_marks
from videoforge_media.magic import find_container
from videoforge_media.moving_pictures import describe_webp, refuse_still
from videoforge_media.raw_stream import RawTimes, measure_raw
from videoforge_media.transport_stream import has_lasting_picture

bounded = settings(max_examples=100, deadline=None, derandomize=True, database=None)

KINDS = [b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"hdlr", b"encv", b"avc1", b"sinf", b"free"]
IDS = [0x18538067, 0x1654AE6B, 0xAE, 0x6D80, 0x6240, 0x5035, 0xEC, 0x1F43B675]


def build_box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def build_track(entry: bytes, *, handler: bytes = b"vide") -> bytes:
    table = build_box(b"stsd", bytes(8), entry)
    about = build_box(b"hdlr", bytes(8), handler, bytes(12))
    return build_box(b"trak", build_box(b"mdia", about, build_box(b"minf", build_box(b"stbl", table))))


def find_encrypted(*boxes: bytes) -> bool:
    content = build_box(b"ftyp", b"isom", bytes(4)) + b"".join(boxes)
    return is_encrypted(io.BytesIO(content), container="mp4", size_bytes=len(content))


SCHEME = build_box(b"sinf", build_box(b"frma", b"avc1"))


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (build_box(b"avc1", bytes(78)), False),
        (build_box(b"encv", bytes(78)), True),
        (build_box(b"avc1", bytes(78), SCHEME), True),
        (build_box(b"avc1", bytes(78), build_box(b"pasp", bytes(8))), False),
        (build_box(b"drmi", bytes(78)), True),
    ],
)
def test_a_sample_entry_tells_whether_its_track_is_encrypted(entry: bytes, expected: bool) -> None:
    assert find_encrypted(build_box(b"moov", build_track(entry))) is expected
    far = build_box(b"mdat", bytes(500)) + build_box(b"moov", build_track(build_box(b"avc1", bytes(78))))
    assert find_encrypted(far, build_box(b"moov", build_track(entry))) is expected


def test_an_encrypted_sound_counts_and_a_key_box_alone_does_not() -> None:
    clear = build_track(build_box(b"avc1", bytes(78)))
    sound = build_track(build_box(b"enca", bytes(28)), handler=b"soun")
    assert find_encrypted(build_box(b"moov", clear, sound))
    assert not find_encrypted(build_box(b"moov", clear, build_box(b"pssh", bytes(24))))


def test_a_box_never_reaches_past_the_one_that_holds_it() -> None:
    content = build_box(b"moov", struct.pack(">I4s", 1 << 30, b"trak")) + build_box(b"encv", bytes(78))
    inner = list(list_boxes(io.BytesIO(content), first=8, end=16))
    assert [(box.kind, box.end) for box in inner] == [(b"trak", 16)]


def find_captions(content: bytes) -> bool:
    return has_captions(io.BytesIO(content), size_bytes=len(content))


TEXT, GAP, UNUSED = b"\xfc\xc8\x49", b"\xfc\x80\x80", b"\xf8\xc8\x49"


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([TEXT], True),
        ([GAP, GAP], False),
        ([GAP, TEXT], True),
        ([UNUSED], False),
        ([b"\xff\x02\x21"], True),  # a packet of CEA-708
        ([b"\xfa\x00\x00"], False),
        ([], False),
    ],
)
@pytest.mark.parametrize("before", [b"\xb5\x00\x31", b"\x00\x00\x01\xb2"])
def test_captions_are_what_fills_the_room_for_them(before: bytes, pairs: list[bytes], expected: bool) -> None:
    data = b"GA94\x03" + bytes([0x40 | len(pairs), 0xFF]) + b"".join(pairs) + b"\xff"
    for gap in (0, 100, 6 << 20):
        assert find_captions(bytes(gap) + before + data) is expected
    assert not find_captions(bytes(10) + data)  # in a text, say
    assert not find_captions(before + data[:8])


@bounded
@given(data=st.binary(max_size=60))
def test_any_bytes_in_the_room_for_captions_are_read(data: bytes) -> None:
    assert find_captions(b"\xb5\x00\x31GA94\x03" + data) in {True, False}


@bounded
@given(data=st.binary(max_size=600))
def test_any_bytes_are_read_without_an_error(data: bytes) -> None:
    file = io.BytesIO(data)
    for container in ("mp4", "matroska", "asf", "mpegts"):
        assert is_encrypted(file, container=container, size_bytes=len(data)) in {True, False}
    assert has_lasting_picture(file, pid=256, size_bytes=len(data)) in {True, False}
    marks = find_marks(file, container="mp4", size_bytes=len(data), codec="h264")
    assert marks <= {"captions", "spherical", "stereo"}


PARTS = st.recursive(
    st.binary(max_size=30),
    lambda inner: st.tuples(st.sampled_from(KINDS), st.lists(inner, max_size=4)).map(
        lambda pair: build_box(pair[0], *pair[1])
    ),
    max_leaves=12,
)


@bounded
@given(content=PARTS)
def test_any_tree_of_boxes_ends(content: bytes) -> None:
    for entry in list_sample_entries(io.BytesIO(content), size_bytes=len(content)):
        assert entry.box.end <= len(content)
        assert len(list(entry.list_parts(io.BytesIO(content)))) <= len(content)


ELEMENTS = st.recursive(
    st.binary(max_size=30),
    lambda inner: st.tuples(st.sampled_from(IDS), st.integers(0, 127), inner).map(
        lambda parts: (
            parts[0].to_bytes((parts[0].bit_length() + 7) // 8, "big") + bytes([0x80 | parts[1]]) + parts[2]
        )
    ),
    max_leaves=8,
)


@bounded
@given(content=ELEMENTS)
def test_any_tree_of_elements_ends(content: bytes) -> None:
    file = io.BytesIO(content)
    assert len(list(list_elements(file, first=0, end=len(content)))) <= len(content)
    assert all(track.end <= len(content) for track in list_tracks(file, size_bytes=len(content)))


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"\0\0\0\1\x67\x64", "h264"),
        (b"\0\0\1\x09\xf0", "h264"),
        (b"\0\0\0\1\x40\x01", "hevc"),
        (b"\0\0\0\1\x46\x01", "hevc"),
        (b"\x1f\x07\0\x3f" + bytes(76) + b"\x3f\x07\0", "dv"),
        (b"\x1f\x07\0\x3f" + bytes(79), None),
        (b"\0\0\1\xb3\x16", None),  # raw MPEG-2
        (b"text\0\0\1\x67", None),
        (b"\0\0\1", None),
        (b"GIF89a", "gif"),
        (b"RIFF\x10\0\0\0WEBPVP8X", "webp"),
    ],
)
def test_a_file_without_a_container_is_known_by_its_first_bytes(head: bytes, expected: str | None) -> None:
    assert find_container(head) == expected


def read_times(lines: list[str], *, grid: str, **options: Any) -> RawTimes:
    settings_ = {"size_bytes": 4000, "has_hole": False, "states_rate": lambda: True} | options
    return measure_raw({"r_frame_rate": grid}, list_lines=lambda _: lines, **settings_)


def test_a_raw_stream_has_the_rate_that_its_packets_and_its_grid_agree_on() -> None:
    assert read_times(["0.020000,10"] * 50, grid="50/1") == RawTimes(Fraction(50), True, 1.0, True)
    assert read_times(["0.040000,10"] * 50, grid="50/1").rate == 25  # H.264 counts fields
    unstated = read_times(["0.040000,10"] * 50, grid="25/1", states_rate=lambda: False)
    assert unstated == RawTimes(Fraction(25), False, 2.0, True)


def test_a_raw_stream_with_a_hole_is_estimated_by_its_size() -> None:
    times = read_times(["0.040000,10"] * 100, grid="25/1", has_hole=True)
    assert (times.seconds, times.is_counted) == (16.0, False)


@bounded
@given(st.lists(st.text(alphabet="0123456789.,N/A-e", max_size=12), max_size=20), st.text(max_size=8))
def test_any_lines_of_packets_give_times_that_can_be_used(lines: list[str], grid: str) -> None:
    assert read_times(lines, grid=grid).seconds >= 0


WHOLE, PART = ((320, 180), (32, 18))


def build_webp(*frames: tuple[tuple[int, int], bytes, int]) -> bytes:
    """Return an animation of frames, each with its size, its first chunk's type, and its flags."""

    def join(size: tuple[int, int]) -> bytes:
        return b"".join((side - 1).to_bytes(3, "little") for side in size)

    bodies = [
        (b"VP8X", bytes(4) + join(WHOLE)),
        *(
            (b"ANMF", bytes(6) + join(size) + b"\x64\0\0" + bytes([flags]) + kind + bytes(4) + bits)
            for size, kind, flags in frames
            for bits in [b"\x2f\0\0\0\x10" if kind == b"VP8L" else bytes(5)]
        ),
    ]
    chunks = b"".join(
        kind + len(body).to_bytes(4, "little") + body + bytes(len(body) % 2) for kind, body in bodies
    )
    return b"RIFF" + (4 + len(chunks)).to_bytes(4, "little") + b"WEBP" + chunks


@pytest.mark.parametrize(
    ("frames", "is_transparent"),
    [
        ([(WHOLE, b"VP8 ", 0), (PART, b"VP8 ", 0)], False),
        ([(WHOLE, b"VP8 ", 0), (PART, b"ALPH", 0)], False),  # alpha for what did not change
        ([(WHOLE, b"VP8 ", 0), (PART, b"ALPH", 2)], True),  # takes the place of what was there
        ([(WHOLE, b"VP8L", 0), (PART, b"VP8 ", 0)], True),
        ([(PART, b"VP8 ", 0), (WHOLE, b"VP8 ", 0)], True),
        ([(WHOLE, b"VP8 ", 1), (PART, b"VP8 ", 0)], True),  # cleared before the next
        ([(WHOLE, b"VP8 ", 1), (WHOLE, b"VP8 ", 0)], False),
    ],
)
def test_a_webp_is_transparent_where_something_shines_through_a_whole_picture(frames, is_transparent) -> None:
    content = build_webp(*frames)
    stream = describe_webp(io.BytesIO(content), size_bytes=len(content))["streams"][0]
    assert (stream["width"], stream["height"]) == WHOLE
    assert (stream["pix_fmt"] == "yuva420p") is is_transparent


@bounded
@given(st.binary(max_size=300))
def test_any_gif_and_webp_is_moving_or_still(body: bytes) -> None:
    for head, container in ((b"GIF89a", "gif"), (b"RIFF\0\0\0\0WEBP", "webp")):
        content = head + body
        with contextlib.suppress(MediaRejected):
            refuse_still(io.BytesIO(content), container=container, size_bytes=len(content))
            if container == "webp":
                describe_webp(io.BytesIO(content), size_bytes=len(content))
