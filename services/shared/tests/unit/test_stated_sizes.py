"""The sizes that frames of VP8 and VP9 state, bit by bit as in the specifications."""

from pathlib import Path

import pytest

from videoforge_media.stated_sizes import list_stated_sizes, list_vp9_starts, read_vp8_size, read_vp9_size

SYNC = f"{0x498342:024b}"


def pack(bits: str) -> bytes:
    return int(bits.ljust(8 * (len(bits) // 8 + 1), "1"), 2).to_bytes(len(bits) // 8 + 1, "big")


def size(width: int, height: int) -> str:
    return f"{width - 1:016b}{height - 1:016b}"


#: frame marker, profile (low bit first), existing frame shown, frame type (1: no key), shown,
#: resilient
KEY = "10" + "00" + "0" + "0" + "1" + "0" + SYNC
BETWEEN = "10" + "00" + "0" + "1" + "1" + "0"
REFERENCES = "00000001" + "0000" + "0010" + "0100"


@pytest.mark.parametrize(
    ("bits", "stated"),
    [
        (KEY + "010" + "0" + size(640, 360), (640, 360)),
        ("10" + "10" + "0010" + SYNC + "010" + "0" + "110" + size(64, 36), (64, 36)),  # profile 1
        ("10" + "10" + "0010" + SYNC + "111" + "0" + size(64, 36), (64, 36)),  # and of RGB
        ("10" + "01" + "0010" + SYNC + "1" + "010" + "0" + size(64, 36), (64, 36)),  # 12 bits
        ("10" + "11" + "0" + "0010" + SYNC + "1" + "010" + "0" + "000" + size(64, 36), (64, 36)),
        (BETWEEN + "00" + REFERENCES + "000" + size(1280, 720), (1280, 720)),
        (BETWEEN + "00" + REFERENCES + "01", None),  # that of its second reference
        ("10" + "00" + "0111" + REFERENCES + "000" + size(1280, 720), (1280, 720)),  # resilient
        ("10" + "00" + "0100" + "1" + "00" + SYNC + "00000001" + size(320, 180), (320, 180)),  # intra alone
        ("10" + "00" + "1" + "011", None),  # a frame that is there already
        (KEY.replace(SYNC, "0" * 24) + "010" + "0" + size(640, 360), None),
        ("01" + KEY[2:] + "010" + "0" + size(640, 360), None),
        ("", None),
    ],
)
def test_a_vp9_frame_states_its_size_where_it_goes_by_no_other(
    bits: str, stated: tuple[int, int] | None
) -> None:
    assert read_vp9_size(pack(bits) if bits else b"") == stated


def test_a_vp8_key_frame_states_its_size_and_how_to_scale_it() -> None:
    head = b"\x10\x00\x00\x9d\x01\x2a" + (640 | 1 << 14).to_bytes(2, "little") + (360).to_bytes(2, "little")
    assert read_vp8_size(head) == (640, 360)
    assert read_vp8_size(b"\x11" + head[1:]) is None
    assert read_vp8_size(head[:9]) is None


def test_the_frames_of_a_packet_are_found_by_its_index() -> None:
    mark = bytes([0b110_01_010])  # three sizes of two bytes
    index = mark + b"".join(length.to_bytes(2, "little") for length in (300, 7, 9)) + mark
    assert list_vp9_starts(bytes(20) + index) == [0, 300, 307]
    assert list_vp9_starts(bytes(20) + index[1:]) == [0]
    assert list_vp9_starts(mark) == [0]
    assert list_vp9_starts(b"") == [0]


def test_packets_are_read_where_ffprobe_says_that_they_lie(tmp_path: Path) -> None:
    key, grown = (
        pack(KEY + "010" + "0" + size(64, 36)),
        pack(BETWEEN + "00" + REFERENCES + "000" + size(640, 360)),
    )
    mark = bytes([0b110_00_001])
    packet = key + grown + mark + bytes([len(key), len(grown)]) + mark
    path = tmp_path / "a.webm"
    path.write_bytes(b"????" + b"\x81\0\0\x80" + packet)
    lines = ["N/A,4", "4", "", "9,N/A", "9999,9999", f"{len(packet)},4\n"]
    assert list(list_stated_sizes(path, lines, codec="vp9", container="matroska")) == [(64, 36), (640, 360)]
