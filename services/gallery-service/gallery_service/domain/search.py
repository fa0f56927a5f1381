"""What a search box holds → what PostgreSQL's full-text search is asked.

The words are read by `websearch_to_tsquery` (quotes, `or`, a minus), so every text is a valid search.
The last word is also the beginning of a word, since lists are searched while people type: `big buck bun`
finds the bunny. It is not where the user has ended or quoted it, or where it stands after `or` or a
minus, whose meaning belongs to the whole word.

Words are asked for as the search document holds them: without case and accents.
"""

import re
from dataclasses import dataclass
from typing import Final

from gallery_service.domain.text import fold_text

MAX_SEARCH_CHARACTERS: Final = 200
#: Below this a beginning matches so many words that it says nothing, and costs as much as all of them.
MIN_PREFIX_CHARACTERS: Final = 2

_LAST_WORD = re.compile(r"(?P<words>.*?)(?P<prefix>\w+)\Z", re.DOTALL)
#: Sign and full-width sign, which folded is the former.
_QUOTE = re.compile('["\uff02]')
#: A word with its accents that PostgreSQL may take for an operator: not the last, not joined by a hyphen.
_WORD = re.compile(r"(?<!\w)(?<!\w-)[\w\u0300-\u036f]+(?![\w-]|\Z)")
_OR_AT_THE_END = re.compile(r"(?:\A|\s)or\s+\Z", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class SearchText:
    """`words` for websearch_to_tsquery; `prefix`, of word characters alone, is the word being typed."""

    words: str
    prefix: str | None = None


def parse_search(text: str) -> SearchText:
    """Return the search's two parts; both together are the whole text, folded."""
    text = _fold_search(text)
    match = _LAST_WORD.match(text)
    if match is None or text.count('"') % 2:
        return SearchText(words=text)
    words, prefix = match["words"], match["prefix"]
    if len(prefix) < MIN_PREFIX_CHARACTERS or words.endswith("-") or _OR_AT_THE_END.search(words):
        return SearchText(words=text)
    return SearchText(words=words, prefix=prefix)


def _fold_search(text: str) -> str:
    """Return the search folded, and in quotes what would become the operator `or` by that: Swedish `ör`."""
    parts = _QUOTE.split(text)  # every second one was in quotes
    parts[::2] = [_WORD.sub(_quote_new_or, part) for part in parts[::2]]
    return fold_text('"'.join(parts))


def _quote_new_or(word: re.Match[str]) -> str:
    is_new = fold_text(word[0]) == "or" != word[0].lower()
    return f'"{word[0]}"' if is_new else word[0]
