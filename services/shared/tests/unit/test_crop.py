"""The part of a picture that a container wants shown, as values."""

import io
import struct
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from videoforge_media.crop import Crop, build_crop_filters, find_crop, read_crops

bounded = settings(max_examples=100, deadline=None, derandomize=True, database=None)

PART = Crop(left=10, top=40, width=600, height=260, of_width=640, of_height=360)


def build_box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def build_movie(*aperture: int) -> bytes:
    entry = bytes(24) + struct.pack(">2H", 640, 360) + bytes(50)
    clap = build_box(b"clap", struct.pack(">IIIIiIiI", *aperture)) if aperture else b""
    table = build_box(b"stsd", bytes(8), build_box(b"avc1", entry, clap))
    media = build_box(b"hdlr", bytes(8), b"vide") + build_box(b"minf", build_box(b"stbl", table))
    return build_box(b"moov", build_box(b"trak", build_box(b"mdia", media)))


def read(content: bytes) -> list[Crop | None]:
    return read_crops(io.BytesIO(content), container="mp4", size_bytes=len(content))


def test_a_clean_aperture_is_read_from_its_centre() -> None:
    assert read(build_movie(600, 1, 260, 1, -10, 1, -10, 1)) == [PART]
    assert read(build_movie(1200, 2, 520, 2, -20, 2, -20, 2)) == [PART]


@pytest.mark.parametrize(
    "aperture",
    [
        (),
        (640, 1, 360, 1, 0, 1, 0, 1),
        (600, 0, 260, 1, 0, 1, 0, 1),
        (900, 1, 260, 1, 0, 1, 0, 1),
        (600, 1, 260, 1, 500, 1, 0, 1),
        (0, 1, 260, 1, 0, 1, 0, 1),
        (4, 1, 4, 1, 0, 1, 0, 1),
    ],
)
def test_all_of_the_picture_is_shown_without_one_or_with_a_broken_one(aperture: tuple[int, ...]) -> None:
    assert read(build_movie(*aperture)) == [None]


def test_a_crop_is_of_the_picture_that_ffprobe_tells_of_or_of_none() -> None:
    assert find_crop([None, PART], ordinal=1, video={"width": 640, "height": 360}) == PART
    assert find_crop([PART], ordinal=0, video={"width": 1280, "height": 720}) is None
    assert find_crop([PART], ordinal=1, video={"width": 640, "height": 360}) is None


@pytest.mark.parametrize(
    ("degrees", "expected"),
    [
        (0, (10, 40, 600, 260)),
        (90, (60, 10, 260, 600)),
        (180, (30, 60, 600, 260)),
        (270, (40, 30, 260, 600)),
    ],
)
def test_a_turned_picture_is_cut_at_the_same_place(degrees: int, expected: tuple[int, ...]) -> None:
    turned = PART.turn(degrees)
    assert (turned.left, turned.top, turned.width, turned.height) == expected
    left, top, width, height = expected
    assert build_crop_filters(PART, rotation_degrees=degrees) == [
        f"crop=w=min(iw\\,{width}):h=min(ih\\,{height}):x=min({left}\\,iw-ow):y=min({top}\\,ih-oh)"
    ]


@pytest.mark.parametrize(("degrees", "expected"), [(0, "64/45"), (90, "45/64")])
def test_the_shape_of_a_pixel_goes_with_the_part(degrees: int, expected: str) -> None:
    part = replace(PART, pixel_aspect=Fraction(64, 45))
    assert build_crop_filters(part, rotation_degrees=degrees)[1:] == [f"setsar={expected}"]


def test_nothing_is_cut_without_a_crop() -> None:
    assert build_crop_filters(None, rotation_degrees=90) == []


def build_element(id: int, body: bytes) -> bytes:
    return (
        id.to_bytes((id.bit_length() + 7) // 8, "big")
        + bytes([0x40 | len(body) >> 8, len(body) & 0xFF])
        + body
    )


def build_matroska(**numbers: int) -> bytes:
    ids = {
        "width": 0xB0,
        "height": 0xBA,
        "top": 0x54BB,
        "bottom": 0x54AA,
        "shown_width": 0x54B0,
        "shown_height": 0x54BA,
    }
    video = b"".join(build_element(ids[name], value.to_bytes(2, "big")) for name, value in numbers.items())
    track = build_element(0x83, b"\x01") + build_element(0xE0, video)
    sound = build_element(0xAE, build_element(0x83, b"\x02"))
    return build_element(0x18538067, build_element(0x1654AE6B, sound + build_element(0xAE, track)))


@pytest.mark.parametrize(
    ("shown", "aspect"),
    [
        ({}, Fraction(1)),
        ({"shown_width": 1024, "shown_height": 576}, Fraction(64, 45)),  # left from before the crop
        ({"shown_width": 1024, "shown_height": 432}, Fraction(64, 45)),
        ({"shown_width": 720, "shown_height": 432}, Fraction(1)),
    ],
)
def test_the_size_for_display_counts_after_the_crop_unless_it_was_left_over(
    shown: dict[str, int], aspect: Fraction
) -> None:
    content = build_matroska(width=720, height=576, top=72, bottom=72, **shown)
    (crop,) = read_crops(io.BytesIO(content), container="matroska", size_bytes=len(content))
    assert crop == Crop(0, 72, 720, 432, 720, 576, pixel_aspect=aspect)


@bounded
@given(data=st.binary(max_size=400), numbers=st.lists(st.integers(0, 2**16 - 1), min_size=4, max_size=4))
def test_any_bytes_are_a_crop_inside_the_picture_or_none(data: bytes, numbers: list[int]) -> None:
    width, height, top, bottom = numbers
    made = build_matroska(width=width, height=height, top=top, bottom=bottom)
    for content in (data, made, made[: len(data)]):
        for container in ("mp4", "matroska"):
            crops = read_crops(io.BytesIO(content), container=container, size_bytes=len(content))
            assert all(crop is None or crop.is_inside for crop in crops)
