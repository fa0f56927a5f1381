"""Every code of ITU-T H.273 is supported, or read as its nearest with a warning."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from videoforge_media.color_codes import (
    choose_hdr_primaries,
    choose_matrix,
    find_approximation,
    find_wide_primaries,
    name_scale_matrix,
)
from videoforge_media.ffprobe import read_probe
from videoforge_media.picture import build_matrix_filters, build_picture_filters
from videoforge_media.probe import Probe

BUNNY = Path(__file__).parents[1] / "data" / "probes" / "bigbuckbunny.json"


def build_probe(**changes: Any) -> Probe:
    return replace(read_probe(BUNNY.read_text(), file_size_bytes=1_055_736), **changes)


@pytest.mark.parametrize(
    ("matrix", "read_as"),
    [
        ("bt709", "bt709"),
        ("fcc", "fcc"),
        ("bt470bg", "bt470bg"),
        ("smpte240m", "smpte240m"),
        ("bt2020nc", "bt2020nc"),
        (None, "bt709"),
        ("gbr", "bt709"),  # on YUV: what a messenger once wrote
    ],
)
def test_matrices_that_scalers_read_bring_no_warning(matrix: str | None, read_as: str) -> None:
    probe = build_probe(color_matrix=matrix)
    assert (choose_matrix(probe), find_approximation(probe)) == (read_as, None)


@pytest.mark.parametrize(
    "matrix",
    ["ycgco", "smpte2085", "chroma-derived-nc", "chroma-derived-c", "ictcp", "ipt-c2", "ycgco-re", "new-one"],
)
def test_other_matrices_are_approximated(matrix: str) -> None:
    probe = build_probe(color_matrix=matrix)
    assert find_approximation(probe) == (matrix, "bt709")
    assert name_scale_matrix(probe) == "bt709"
    hdr = replace(probe, color_transfer="smpte2084", color_primaries="bt2020")
    assert find_approximation(hdr) == (matrix, "bt2020nc")
    small = replace(probe, coded_width=720, coded_height=576)
    assert find_approximation(small) == (matrix, "smpte170m")


def test_constant_luminance_is_read_as_its_neighbour() -> None:
    assert find_approximation(build_probe(color_matrix="bt2020c")) == ("bt2020c", "bt2020nc")


def test_rgb_has_no_matrix() -> None:
    probe = build_probe(color_matrix="ycgco", pixel_format="gbrp")
    assert (build_matrix_filters(probe), find_approximation(probe)) == ([], None)


@pytest.mark.parametrize(
    ("primaries", "converted_from"),
    [
        ("bt709", None),
        ("smpte170m", None),
        ("bt470bg", None),
        ("ebu3213", None),
        (None, None),
        ("bt2020", "bt2020"),
        ("smpte432", "smpte432"),
        ("smpte431", "smpte432"),
    ],
)
def test_primaries_that_are_read_bring_no_warning(primaries: str | None, converted_from: str | None) -> None:
    probe = build_probe(color_primaries=primaries)
    assert (find_wide_primaries(probe), find_approximation(probe)) == (converted_from, None)


@pytest.mark.parametrize("primaries", ["bt470m", "film", "smpte428", "new-one"])
def test_other_primaries_are_approximated(primaries: str) -> None:
    probe = build_probe(color_primaries=primaries)
    assert (find_wide_primaries(probe), find_approximation(probe)) == (None, (primaries, "bt709"))
    hdr = replace(probe, color_transfer="arib-std-b67")
    assert (choose_hdr_primaries(hdr), find_approximation(hdr)) == ("bt2020", (primaries, "bt2020"))


@pytest.mark.parametrize("stated", ["smpte432", "bt2020", "bt709", None])
def test_hdr_is_mapped_from_the_primaries_stated(stated: str | None) -> None:
    probe = build_probe(color_transfer="smpte2084", color_primaries=stated)
    filters = build_picture_filters(probe, width=1280, height=720, tone_map="pq")
    assert f"color_primaries={stated or 'bt2020'}:color_trc=smpte2084" in ",".join(filters)
