"""What a source has and its renditions will not have: reported at confirm and with the job, each
with its own code."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kit.captions import add_captions
from kit.outcome import CONFIRM_FFPROBE
from kit.views import XML, add_first_tag, add_projection, add_spatial, add_two_eyes

from videoforge_media.ffprobe import probe_file
from videoforge_media.losses import find_losses

pytestmark = pytest.mark.integration

PICTURE = ("-f", "lavfi", "-i", "testsrc2=s=320x180:r=30:d=1")
X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
ONE_SLICE = ("-bf", "0", "-x264-params", "slices=1:sliced-threads=0")


def make_captioned(make_clip: Any, name: str, *options: str, are_empty: bool = False) -> Path:
    """Captions in the first five pictures, or empty caption data."""
    raw = make_clip("plain.h264", *PICTURE, *X264, *ONE_SLICE)
    raw.write_bytes(add_captions(raw.read_bytes(), are_empty=are_empty))
    made: Path = make_clip(name, "-r", "30", "-f", "h264", "-i", str(raw), *options, "-c", "copy")
    return made


def build_chapters(folder: Path) -> tuple[str, ...]:
    """Return the options that add two chapters to a file, as its second input."""
    path = folder / "chapters.txt"
    parts = [f"[CHAPTER]\nTIMEBASE=1/10\nSTART={at}\nEND={at + 5}\ntitle=Part {at}\n" for at in (0, 5)]
    path.write_text(";FFMETADATA1\n" + "".join(parts))
    return ("-i", str(path), "-map_chapters", "1")


def find_codes(source: Path) -> set[str]:
    return {loss.code for loss in find_losses(probe_file(source, ffprobe=CONFIRM_FFPROBE))}


def check(hold: Any, found: set[str], *, name: str, source: str, expected: set[str]) -> None:
    is_right = found == expected
    hold(
        f"D7 {name}",
        source=source,
        expected=", ".join(sorted(expected)) or "nothing",
        seen=", ".join(sorted(found)) or "nothing",
        is_right=is_right,
        detail=found,
    )


async def test_all_losses_are_reported_at_confirm_and_with_the_job(
    transcode: Any, make_clip: Any, hold: Any, tmp_path: Path
) -> None:
    source = make_captioned(make_clip, "a.mp4", *build_chapters(tmp_path))
    source.write_bytes(add_two_eyes(add_projection(source.read_bytes(), kind=b"equi"), mode=2))
    outcome = await transcode(source)
    expected = {"captions_dropped", "chapters_dropped", "projection_dropped", "stereo_3d_dropped"}
    what = "MP4 with captions, chapters, 360° and 3D"
    check(hold, find_codes(source), name="at confirm", source=what, expected=expected)
    check(hold, outcome.warnings, name="with the job", source=what, expected={*expected, "no_audio"})
    assert b"GA94" not in outcome.get_mp4("180p").read_bytes()


@pytest.mark.parametrize("name", ["a.ts", "a.mkv"])
def test_captions_are_found_in_any_container(make_clip: Any, hold: Any, name: str) -> None:
    source = make_captioned(make_clip, name)
    check(hold, find_codes(source), name=f"captions {name[1:]}", source="H.264 with CEA-608",
          expected={"captions_dropped"})  # fmt: skip


def test_room_for_captions_with_nothing_in_it_is_no_loss(make_clip: Any, hold: Any) -> None:
    source = make_captioned(make_clip, "a.mp4", are_empty=True)
    assert source.read_bytes().count(b"GA94") == 30
    check(hold, find_codes(source), name="empty captions", source="CEA-608 without text", expected=set())


@pytest.mark.parametrize("name", ["a.mov", "a.mkv"])
def test_chapters_are_found_in_any_container(make_clip: Any, hold: Any, tmp_path: Path, name: str) -> None:
    source = make_clip(name, *PICTURE, *build_chapters(tmp_path), *X264)
    check(hold, find_codes(source), name=f"chapters {name[1:]}", source="two chapters",
          expected={"chapters_dropped"})  # fmt: skip


BOTH = {"projection_dropped", "stereo_3d_dropped"}
VIEWS: list[tuple[str, Callable[[bytes], bytes], set[str]]] = [
    ("360°, cube", lambda film: add_projection(film, kind=b"cbmp"), {"projection_dropped"}),
    ("360°, first tag", add_first_tag, {"projection_dropped"}),
    ("VR180", lambda film: add_two_eyes(add_projection(film, kind=b"mshp"), mode=2), BOTH),
    ("spatial video", add_spatial, {"stereo_3d_dropped"}),
    ("marked as one picture", lambda film: add_two_eyes(film, mode=0), set()),
]


def test_a_view_that_is_lost_is_found_by_each_of_its_marks(make_clip: Any, hold: Any) -> None:
    source = make_clip("a.mp4", *PICTURE, *X264)
    plain = source.read_bytes()
    check(hold, find_codes(source), name="plain", source="MP4", expected=set())
    for what, edit, expected in VIEWS:
        source.write_bytes(edit(plain))
        check(hold, find_codes(source), name=what, source="MP4", expected=expected)


@pytest.mark.parametrize(
    ("what", "tag", "expected"),
    [
        ("360°", f"SPHERICAL-VIDEO={XML}", "projection_dropped"),
        ("3D", "stereo_mode=left_right", "stereo_3d_dropped"),
    ],
)
def test_matroska_has_tags_of_its_own(make_clip: Any, hold: Any, what: str, tag: str, expected: str) -> None:
    source = make_clip("a.mkv", *PICTURE, *X264, "-metadata:s:v", tag)
    check(hold, find_codes(source), name=f"{what} .mkv", source="MKV", expected={expected})
