"""Decisions without I/O: searches and titles."""

import pytest

from gallery_service.domain.text import build_title_key
from gallery_service.search.search_text import SearchText, fold_text, parse_search


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
        ("größe", "", "grosse"),
        ("Café Mü", "cafe ", "mu"),
        ("cafe\u0301", "", "cafe"),
        ("カフェが", "", "カフェが"),
        ("ör plan", '"or" ', "plan"),
        ('"plan ör" öl', '"plan or" ', "ol"),
        ("cats ör do", 'cats "or" ', "do"),
        ("plan Ör", "plan ", "or"),
        ("plan Ör ", 'plan "or" ', None),
        ("ａｎｄ ｏｒ do", 'and "or" ', "do"),
    ],
)
def test_the_last_word_is_a_prefix_unless_it_is_ended_quoted_or_after_an_operator(
    text: str, words: str, prefix: str | None
) -> None:
    assert parse_search(text) == SearchText(words=words, prefix=prefix)


def test_folding_twice_changes_nothing() -> None:
    signs = [chr(code) for code in range(1, 0x1_FFFF) if not 0xD800 <= code < 0xE000]
    folded = [fold_text(sign) for sign in signs]
    assert [fold_text(text) for text in folded] == folded


def test_titles_sort_without_case_and_accents() -> None:
    titles = ["zebra", "Ähre", "apple", "Zoo", "Éclair", "10 things"]
    assert sorted(titles, key=build_title_key) == ["10 things", "Ähre", "apple", "Éclair", "zebra", "Zoo"]
