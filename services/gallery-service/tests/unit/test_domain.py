"""Decisions without any I/O: searches, titles, cursors, migrations' neighbours."""

import pytest

from gallery_service.domain.search import SearchText, parse_search
from gallery_service.domain.text import build_title_key


@pytest.mark.parametrize(
    ("text", "words", "prefix"),
    [
        ("big buck bun", "big buck ", "bun"),
        ("bunny", "", "bunny"),
        ("bunny ", "bunny ", None),
        ('"big buck"', '"big buck"', None),
        ('"big buck', '"big buck', None),
        ("cats or do", "cats or do", None),
        ("or do", "or do", None),
        ("rabbits -carr", "rabbits -carr", None),
        ("b", "b", None),
        ("", "", None),
        ("!!!", "!!!", None),
        ("größe", "", "größe"),
    ],
)
def test_the_last_word_is_a_beginning_unless_something_speaks_against_it(
    text: str, words: str, prefix: str | None
) -> None:
    assert parse_search(text) == SearchText(words=words, prefix=prefix)


def test_titles_sort_without_case_and_accents() -> None:
    titles = ["zebra", "Ähre", "apple", "Zoo", "Éclair", "10 things"]
    assert sorted(titles, key=build_title_key) == ["10 things", "Ähre", "apple", "Éclair", "zebra", "Zoo"]
