"""How combing is judged, without pictures: three rows of averages, as printed by ffmpeg."""

import pytest

from videoforge_media.combing import judge_combs, list_sample_seconds


def build_text(plain: int, tff: int, bff: int, *, pictures: int = 12) -> str:
    rows = [chr(plain)] * pictures + [chr(tff)] * (pictures - 1) + [chr(bff)] * (pictures - 1)
    return "".join(1024 * row for row in rows)


@pytest.mark.parametrize(
    ("combs", "order"),
    [
        ((27, 27, 45), "tff"),
        ((27, 45, 27), "bff"),
        ((27, 51, 32), "bff"),  # the pattern of ffmpeg's testsrc2, in which things rise
        ((20, 39, 44), None),  # and whole
        ((39, 50, 53), None),  # whole, all of it scrolling
        ((24, 92, 84), None),  # whole pictures in motion
        ((25, 44, 44), None),
        ((30, 30, 30), None),  # nothing moves
        ((10, 30, 40), None),  # whole, with motion that is uneven
        ((0, 0, 0), None),
    ],
)
def test_combing_shows_the_order_of_fields(combs: tuple[int, int, int], order: str | None) -> None:
    assert judge_combs(build_text(*combs)) == order


@pytest.mark.parametrize("text", ["", "nonsense", "x" * 5000])
def test_too_little_combing_shows_nothing(text: str) -> None:
    assert judge_combs(text) is None


def test_a_long_film_is_looked_at_in_three_places() -> None:
    assert list_sample_seconds(10) == [3]
    assert list_sample_seconds(1000) == [150, 500, 850]
