"""A container's crop is applied alike by the prober, both posters and the renditions.

The source is a film of 480×270 in a red frame of 640×400, which the container wants cropped. If the
frame shows in the output, or the film is stretched, an edge is red or the size is wrong.
"""

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kit.matroska import SEGMENT, TRACK_ENTRY, TRACKS, VIDEO, build_number, insert
from kit.measure import read_mean_color, read_stream
from kit.mp4 import build_aperture
from kit.mp4 import insert as insert_box

pytestmark = pytest.mark.integration

LEFT, TOP = 100, 30
FILM = "testsrc2=s=480x270:r=25:d=1.2,hue=s=0"  # grey, so that red is the frame's alone
FRAMED = f"{FILM},pad=640:400:{LEFT}:{TOP}:red,setsar=1"
X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "10", "-pix_fmt", "yuv420p")
ENTRY = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"avc1")
MATRIX_OF_90 = struct.pack(">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30)
MATRIX_OF_0 = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)


def crop_matroska(content: bytes, **display: int) -> bytes:
    numbers = {0x54BB: TOP, 0x54AA: 400 - 270 - TOP, 0x54CC: LEFT, 0x54DD: 640 - 480 - LEFT}
    if display:
        numbers |= {0x54B0: display["width"], 0x54BA: display["height"]}
    added = b"".join(build_number(id, value) for id, value in numbers.items())
    return insert(content, SEGMENT, TRACKS, TRACK_ENTRY, VIDEO, added=added)


def crop_matroska_and_tell_the_size(content: bytes) -> bytes:
    return crop_matroska(content, width=480, height=270)


def crop_matroska_with_the_old_size(content: bytes) -> bytes:
    return crop_matroska(content, width=640, height=400)


def crop_mp4(content: bytes) -> bytes:
    """The centre of the film is 20 px to the right of the picture's, and 35 above it."""
    aperture = build_aperture(480, 270, right=LEFT + 240 - 320, down=TOP + 135 - 200)
    return insert_box(content, *ENTRY, added=aperture)


def crop_and_turn_mp4(content: bytes) -> bytes:
    assert MATRIX_OF_0 in content
    at = content.index(MATRIX_OF_0, content.index(b"tkhd"))
    return crop_mp4(content[:at] + MATRIX_OF_90 + content[at + 36 :])


CASES: list[tuple[str, str, Callable[[bytes], bytes], tuple[int, int]]] = [
    ("MKV PixelCrop", "a.mkv", crop_matroska, (480, 270)),
    ("MKV PixelCrop, size for display told", "a.mkv", crop_matroska_and_tell_the_size, (480, 270)),
    ("MKV PixelCrop, size for display left", "a.mkv", crop_matroska_with_the_old_size, (480, 270)),
    ("MP4 clap", "a.mp4", crop_mp4, (480, 270)),
    ("MOV clap", "a.mov", crop_mp4, (480, 270)),
    ("MOV clap, turned by 90°", "a.mov", crop_and_turn_mp4, (270, 480)),
]


def find_reddest_edge(path: Path) -> int:
    """Return by how much red dominates at the edges: 255 for a red frame, 0 for the grey film."""
    edges = ("iw:4:0:0", "iw:4:0:ih-4", "4:ih:0:0", "4:ih:iw-4:0")
    colors = [read_mean_color(path, crop=edge, at=0) for edge in edges]
    return max(red - max(green, blue) for red, green, blue in colors)


@pytest.mark.parametrize(("what", "name", "edit", "size"), CASES, ids=[case[0] for case in CASES])
async def test_only_the_part_that_is_to_be_shown_is_shown(
    transcode: Any,
    make_clip: Any,
    hold: Any,
    what: str,
    name: str,
    edit: Callable[[bytes], bytes],
    size: tuple[int, int],
) -> None:
    source = make_clip(name, "-f", "lavfi", "-i", FRAMED, *X264)
    source.write_bytes(edit(source.read_bytes()))
    outcome = await transcode(source)
    assert outcome.refusal is None, outcome.failure
    mp4 = outcome.get_mp4("270p")
    stream = read_stream(mp4)
    seen = (stream["width"], stream["height"])
    poster = (read_stream(outcome.poster)["width"], read_stream(outcome.poster)["height"])
    reds = [find_reddest_edge(path) for path in (mp4, outcome.thumbnail, outcome.poster)]
    is_right = seen == size and max(reds) < 40 and abs(poster[0] / poster[1] - size[0] / size[1]) < 0.01
    hold(
        f"F5 {what}",
        source="film of 480×270 in a red frame of 640×400, which is to be cut off",
        expected=f"{size[0]}×{size[1]} without red, posters alike",
        seen=f"{seen[0]}×{seen[1]}, red at an edge {max(reds)}",
        is_right=is_right,
        detail=(seen, reds, poster),
    )


async def test_without_a_crop_the_frame_stays(transcode: Any, make_clip: Any) -> None:
    outcome = await transcode(make_clip("a.mkv", "-f", "lavfi", "-i", FRAMED, *X264))
    assert outcome.confirmed.crop is None
    assert all(
        find_reddest_edge(path) > 150 for path in (outcome.get_mp4("400p"), outcome.thumbnail, outcome.poster)
    )
