"""Unsupported colour codes, wide primaries, and HDR converted to what viewers expect of SDR."""

from pathlib import Path
from typing import Any

import pytest
from kit.measure import read_columns

pytestmark = pytest.mark.integration

#: patches of 80×180 in a row, as red, green and blue of SDR
PATCHES = {"white": 0xFFFFFF, "light grey": 0xBFBFBF, "grey": 0x666666, "red": 0xB02020, "blue": 0x3050B0}
_X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "4")


def make_patches(make_clip: Any, name: str, *, filters: str, options: tuple[str, ...] = _X264) -> Path:
    """Return a clip of the patches side by side, converted from gbrp by `filters`."""
    inputs: list[str] = []
    for color in PATCHES.values():
        inputs += ["-f", "lavfi", "-i", f"color=0x{color:06X}:size=80x180:rate=25:duration=0.4,format=gbrp"]
    stack = "".join(f"[{index}]" for index in range(len(PATCHES))) + f"hstack={len(PATCHES)},{filters}"
    clip: Path = make_clip(name, *inputs, "-filter_complex", stack, *options)
    return clip


def read_patches(path: Path) -> dict[str, tuple[int, int, int]]:
    return dict(zip(PATCHES, read_columns(path, count=len(PATCHES)), strict=True))


def split(color: int) -> tuple[int, int, int]:
    return color >> 16, color >> 8 & 255, color & 255


def find_error(seen: tuple[int, ...], wanted: tuple[int, ...]) -> int:
    return max(abs(a - b) for a, b in zip(seen, wanted, strict=True))


@pytest.mark.parametrize("code", [8, 10, 14, 17])
async def test_a_matrix_that_no_scaler_reads_is_read_as_its_nearest(
    transcode: Any, make_clip: Any, hold: Any, code: int
) -> None:
    nearest = "bt2020" if code == 10 else "smpte170m"  # the clip is of standard definition
    plain = make_patches(
        make_clip, "plain.mp4", filters=f"scale=out_color_matrix={nearest}:out_range=tv,format=yuv420p"
    )
    bits = ("-c", "copy", "-bsf:v", f"h264_metadata=matrix_coefficients={code}")
    outcome = await transcode(make_clip("tagged.mp4", "-i", str(plain), *bits))
    assert outcome.refusal is None, outcome.failure
    colors = read_patches(outcome.get_mp4("180p"))
    worst = max(find_error(colors[name], split(color)) for name, color in PATCHES.items())
    warns = "colors_approximated" in outcome.warnings or code == 17  # FFmpeg 5.1 does not tell this one
    is_right = worst <= 6 and warns and outcome.poster is not None and outcome.thumbnail is not None
    hold(
        f"F11 matrix code {code}",
        source=f"H.264 with matrix_coefficients={code}",
        expected="the colours of the nearest matrix, a warning",
        is_right=is_right,
        detail=(colors, outcome.warnings),
        seen=f"colours within {worst} of 255, {', '.join(sorted(outcome.warnings))}",
    )


async def test_usual_colour_codes_are_read_without_a_warning(transcode: Any, make_clip: Any) -> None:
    plain = make_patches(
        make_clip, "plain.mp4", filters="scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,"
        "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709",
    )  # fmt: skip
    outcome = await transcode(plain)
    colors = read_patches(outcome.get_mp4("180p"))
    assert max(find_error(colors[name], split(color)) for name, color in PATCHES.items()) <= 6
    assert outcome.warnings == {"no_audio"}


@pytest.mark.parametrize("curve", ["smpte2084", "arib-std-b67"])
@pytest.mark.parametrize("primaries", ["bt2020", "smpte432"])
async def test_hdr_of_an_sdr_scene_comes_back_as_that_scene(
    transcode: Any, make_clip: Any, hold: Any, curve: str, primaries: str
) -> None:
    """SDR white at 203 cd/m², as in ITU-R BT.2408: white leaves room for highlights above it,
    darker values come back unchanged, and colours keep their hue in either gamut."""
    to_hdr = f"zscale=transfer=linear:npl=203,format=gbrpf32le,zscale=primaries={primaries},"
    to_hdr += f"zscale=transfer={curve}:matrix=bt2020nc:range=tv:npl=203,format=yuv420p10le"
    given = "setparams=color_primaries=bt709:color_trc=bt709:colorspace=gbr:range=pc,"
    tags = f"colorprim={primaries}:transfer={curve}:colormatrix=bt2020nc:range=limited"
    source = make_patches(
        make_clip, "hdr.mp4", filters=given + to_hdr, options=(*_X264, "-x264-params", tags)
    )
    outcome = await transcode(source)
    assert outcome.refusal is None, outcome.failure
    seen = {
        "rendition": read_patches(outcome.get_mp4("180p")),
        "poster": read_patches(outcome.poster),
        "thumbnail": read_patches(outcome.thumbnail),
    }
    white = {name: colors["white"][0] for name, colors in seen.items()}
    worst = max(
        find_error(colors[patch], split(color))
        for colors in seen.values()
        for patch, color in PATCHES.items()
        if patch != "white"
    )
    is_right = all(200 <= luma <= 235 for luma in white.values()) and worst <= 14
    hold(f"D1 {curve} {primaries}", source="SDR scene in HDR, its white at 203 cd/m²",
        expected="white at 200 to 235, the rest within 14 of the scene", is_right=is_right, detail=seen,
        seen=f"white at {white['rendition']}, the rest within {worst}")  # fmt: skip
    assert "hdr_tone_mapped" in outcome.warnings
