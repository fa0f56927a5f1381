"""Transparent VP8 and VP9 are shown on black, in the renditions and in both posters."""

from pathlib import Path
from typing import Any

import pytest
from kit.measure import read_mean_color

pytestmark = pytest.mark.integration

#: left half transparent over red, right half half transparent white
HALVES = (
    "color=red@0:s=160x180:d=1.2,format=rgba[l];color=white@0.5:s=160x180:d=1.2,format=rgba[r];[l][r]hstack"
)
LEFT, RIGHT = "iw/2-16:ih:0:0", "iw/2-16:ih:iw/2+16:0"


@pytest.mark.parametrize(
    ("name", "encoder"), [("a.webm", "libvpx-vp9"), ("a.webm", "libvpx"), ("a.mkv", "libvpx-vp9")]
)
async def test_what_lies_under_the_transparency_is_not_shown(
    transcode: Any, make_clip: Any, hold: Any, name: str, encoder: str
) -> None:
    options = ("-c:v", encoder, "-pix_fmt", "yuva420p", "-auto-alt-ref", "0", "-b:v", "1M")
    source = make_clip(name, "-filter_complex", HALVES, *options)
    outcome = await transcode(source)
    assert outcome.refusal is None, outcome.failure
    pictures: list[Path] = [outcome.get_mp4("180p"), outcome.thumbnail, outcome.poster]
    lefts = [max(read_mean_color(path, crop=LEFT, at=0)) for path in pictures]
    rights = [read_mean_color(path, crop=RIGHT, at=0)[1] for path in pictures]
    is_right = max(lefts) < 12 and all(118 <= luma <= 138 for luma in rights)
    is_right = is_right and "transparency_flattened" in outcome.warnings
    hold(
        f"F13 {encoder} in {source.suffix}",
        source="red, wholly transparent, beside white, half transparent",
        expected="black beside grey 128, transparency_flattened",
        seen=f"{max(lefts)} beside {rights}, {sorted(outcome.warnings)}",
        is_right=is_right,
        detail=(lefts, rights, outcome.warnings),
    )


async def test_vp9_without_transparency_is_decoded_as_ever(transcode: Any, make_clip: Any) -> None:
    source = make_clip("a.webm", "-f", "lavfi", "-i", "color=red:s=320x180:d=1", "-c:v", "libvpx-vp9")
    outcome = await transcode(source)
    assert "transparency_flattened" not in outcome.warnings
    assert read_mean_color(outcome.get_mp4("180p"))[0] > 240


@pytest.mark.parametrize("lossless", ["0", "1"])
async def test_animated_webp_that_is_transparent_is_laid_on_black(
    transcode: Any, make_clip: Any, lossless: str
) -> None:
    graph = "color=white@0.5:s=320x180:r=10:d=1,format=rgba[a];color=red:s=40x40:r=10:d=1,format=rgba[b]"
    graph += ";[a][b]overlay=x=8*n:y=0:format=rgb:alpha=straight,format=bgra"
    source = make_clip("a.webp", "-filter_complex", graph, "-c:v", "libwebp_anim", "-lossless", lossless)
    outcome = await transcode(source)
    assert outcome.refusal is None, outcome.failure
    assert "transparency_flattened" in outcome.warnings
    assert 118 <= read_mean_color(outcome.get_mp4("180p"), crop="iw:80:0:100")[1] <= 138
