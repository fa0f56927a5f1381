"""The table of formats, the ladder of a source, and the formats offered for it."""

import pytest

from videoforge.formats import FORMAT_NAMES, FORMATS
from videoforge_media.ladder import PictureSize, choose_ladder, list_offers

ALL = list(FORMAT_NAMES)


def list_sizes(width: int, height: int, formats: list[str]) -> list[tuple[str, int, int, int]]:
    ladder = choose_ladder(PictureSize(width, height), output_formats=formats)
    return [(rung.format, rung.width, rung.height, rung.bitrate_bps) for rung in ladder.rungs]


def test_a_4k_source_gets_every_format_lowest_first() -> None:
    assert list_sizes(3840, 2160, ALL) == [
        ("480p", 854, 480, 1_000_000),
        ("720p", 1280, 720, 2_000_000),
        ("1080p", 1920, 1080, 4_000_000),
        ("4K", 3840, 2160, 8_000_000),
    ]


def test_formats_above_the_source_are_skipped_with_the_reason() -> None:
    ladder = choose_ladder(PictureSize(1280, 720), output_formats=ALL)
    assert [rung.format for rung in ladder.rungs] == ["480p", "720p"]
    assert {skipped.format for skipped in ladder.skipped} == {"4K", "1080p"}
    assert all("1280×720" in skipped.reason for skipped in ladder.skipped)


@pytest.mark.parametrize(
    ("source", "top"),
    [
        ((3840, 1600), ("4K", 3840, 1600)),
        ((1600, 3840), ("4K", 1600, 3840)),
        ((1920, 800), ("1080p", 1920, 800)),
        ((1080, 1080), ("1080p", 1080, 1080)),
        ((1918, 1078), ("1078p", 1918, 1078)),
    ],
)
def test_a_format_fits_when_the_source_reaches_its_box_on_one_side(
    source: tuple[int, int], top: tuple[str, int, int]
) -> None:
    assert list_sizes(*source, ALL)[-1][:3] == top


def test_an_upright_source_gets_upright_renditions() -> None:
    assert [size[1:3] for size in list_sizes(1080, 1920, ["1080p", "480p"])] == [(480, 854), (1080, 1920)]


@pytest.mark.parametrize(
    ("source", "size"),
    [((3026, 1386), (1920, 880)), ((1440, 1080), (1440, 1080)), ((2048, 1080), (1920, 1012))],
)
def test_other_aspects_fit_the_box_with_even_sides(source: tuple[int, int], size: tuple[int, int]) -> None:
    assert [found[1:3] for found in list_sizes(*source, ["1080p"])] == [size]


def test_a_source_below_every_format_gets_one_rung_of_its_own_size() -> None:
    assert list_sizes(640, 360, ALL) == [("360p", 640, 360, 562_000)]
    assert list_sizes(641, 361, ["720p"])[0][:3] == ("360p", 640, 360)
    assert list_sizes(1280, 720, ["1080p"])[0][0] == "720p"


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ((1278, 718), ["480p", "718p"]),
        ((608, 1080), ["480p", "608p"]),
        ((1890, 1062), ["480p", "720p", "1062p"]),
        ((4096, 2160), ["480p", "720p", "1080p", "4K"]),
        ((7680, 4320), ["480p", "720p", "1080p", "4K"]),  # nothing that was asked for is missing
        ((920, 518), ["480p"]),  # less than a tenth larger
        ((1270, 480), ["480p"]),  # its name is taken
    ],
)
def test_a_source_well_above_what_it_fills_gets_its_own_size(
    source: tuple[int, int], names: list[str]
) -> None:
    assert [name for name, *_ in list_sizes(*source, ALL)] == names


def test_the_own_size_has_bits_by_its_pixels_and_is_named_in_the_reason() -> None:
    ladder = choose_ladder(PictureSize(1278, 718), output_formats=ALL)
    assert ladder.rungs[-1].bitrate_bps == 1_991_000
    assert ladder.skipped[0].reason == (
        "The source is 1278×718; 720p would only enlarge it. "
        "480p is the largest format that it fills; its own size is made as 718p."
    )


def test_a_format_that_was_not_asked_for_is_not_replaced() -> None:
    assert [name for name, *_ in list_sizes(1920, 1080, ["4K", "480p"])] == ["480p"]
    assert [name for name, *_ in list_sizes(1278, 718, ["480p"])] == ["480p"]


@pytest.mark.parametrize("width", range(482, 4000, 97))
@pytest.mark.parametrize("height", [480, 533, 1080, 2161])
def test_no_rung_is_larger_than_its_source_or_odd(width: int, height: int) -> None:
    for _, rung_width, rung_height, _ in list_sizes(width, height, ALL):
        assert rung_width <= width + 1 and rung_height <= height + 1
        assert rung_width % 2 == rung_height % 2 == 0
        assert abs(rung_width / rung_height / (width / height) - 1) < 0.01


def list_offered(width: int, height: int) -> list[tuple[str, str, int, int]]:
    offers = list_offers(PictureSize(width, height))
    return [(offer.format, offer.rendition, offer.width, offer.height) for offer in offers]


@pytest.mark.parametrize(
    ("source", "largest"),
    [
        ((1920, 800), ("1080p", "1080p", 1920, 800)),
        ((3840, 1600), ("4K", "4K", 3840, 1600)),
        ((1080, 1920), ("1080p", "1080p", 1080, 1920)),
        ((1278, 718), ("720p", "718p", 1278, 718)),
        ((320, 180), ("480p", "180p", 320, 180)),
    ],
)
def test_what_is_offered_reaches_up_to_the_source(
    source: tuple[int, int], largest: tuple[str, str, int, int]
) -> None:
    assert list_offered(*source)[0] == largest


@pytest.mark.parametrize("width", range(2, 4000, 97))
@pytest.mark.parametrize("height", [2, 360, 480, 720, 1078, 2161])
def test_what_is_offered_is_what_a_job_makes_and_nothing_else(width: int, height: int) -> None:
    offered = list_offered(width, height)
    made = list_sizes(width, height, [format for format, *_ in offered])
    assert [(name, *size) for _, name, *size in offered[::-1]] == [rung[:3] for rung in made]
    everything = list_sizes(width, height, ALL)
    assert [rung[:3] for rung in everything] == [rung[:3] for rung in made]


def test_the_names_are_those_of_the_table() -> None:
    assert [form.name for form in FORMATS[::-1]] == list(FORMAT_NAMES)
