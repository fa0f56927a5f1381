"""How buckets are split into queries, as far as no database is needed."""

import pytest

from gallery_service.domain.page import PageRequest, VideoFilter
from gallery_service.search.find_page import build_batches
from gallery_service.search.page_sql import PageSql


def test_batches_grow_with_the_buckets_queried_in_vain() -> None:
    batches = build_batches(range(40), largest=8)
    assert [len(batch) for batch in batches] == [1, 1, 1, 2, 3, 5, 8, 8, 8, 3]


@pytest.mark.parametrize("largest", [0, 1])
def test_a_common_word_is_searched_in_one_bucket_at_a_time(largest: int) -> None:
    assert [len(batch) for batch in build_batches(range(4), largest=largest)] == [1, 1, 1, 1]


@pytest.mark.parametrize("largest", [1, 3, 8])
def test_each_bucket_is_queried_once_and_in_the_order_of_the_list(largest: int) -> None:
    buckets = list(range(30, 0, -1))
    assert [bucket for batch in build_batches(buckets, largest=largest) for bucket in batch] == buckets


def test_no_bucket_is_no_query() -> None:
    assert build_batches([], largest=8) == []


def build_sql(search: str) -> PageSql:
    return PageSql(PageRequest(filter=VideoFilter(search=search), sort="views"))


def test_full_words_are_not_in_a_batch() -> None:
    assert build_sql("sea ").build_batch([7, 6]) == "'#views/7' | '#views/6'"


def test_words_of_which_nothing_is_known_are_all_searched() -> None:
    """While the table is rebuilt it looks empty, and a word left out would lose its videos."""
    sql = build_sql("sea")
    sql.spell_out_prefix(["sea", "seal's"])
    sql.note_prefix_spread({})
    assert sql.build_batch([7]) == "('sea' | 'seal''s') & ('#views/7')"


@pytest.mark.parametrize(
    ("filters", "is_intersection"),
    [
        ({"search": "sea"}, False),
        ({"tag": "two words"}, False),
        ({"search": "sea sun"}, True),
        ({"search": "sea", "tag": "red"}, True),
        ({"search": "sea", "owner_id": "anna"}, True),
    ],
)
def test_several_words_or_filters_are_an_intersection(filters: dict[str, str], is_intersection: bool) -> None:
    request = PageRequest(filter=VideoFilter(**filters))  # type: ignore[arg-type]
    assert PageSql(request).is_intersection is is_intersection
