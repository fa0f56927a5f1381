"""What a search box holds → what PostgreSQL's full-text search is asked.

The words are read by `websearch_to_tsquery` (quotes, `or`, a minus), so every text is a valid search.
The last word is also the beginning of a word, since lists are searched while people type: `big buck bun`
finds the bunny. It is not where the user has ended or quoted it, or where it stands after `or` or a
minus, whose meaning belongs to the whole word.
"""

import re
from dataclasses import dataclass
from typing import Final

MAX_SEARCH_CHARACTERS: Final = 200
#: Below this a beginning matches so many words that it says nothing, and costs as much as all of them.
MIN_PREFIX_CHARACTERS: Final = 2

_LAST_WORD = re.compile(r"(?P<words>.*?)(?P<prefix>\w+)\Z", re.DOTALL)
_OR_AT_THE_END = re.compile(r"(?:\A|\s)or\s+\Z", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class SearchText:
    """`words` for websearch_to_tsquery; `prefix`, of word characters alone, is the word being typed."""

    words: str
    prefix: str | None = None


def parse_search(text: str) -> SearchText:
    """Return the search's two parts; both together are the whole text."""
    match = _LAST_WORD.match(text)
    if match is None or text.count('"') % 2:
        return SearchText(words=text)
    words, prefix = match["words"], match["prefix"]
    if len(prefix) < MIN_PREFIX_CHARACTERS or words.endswith("-") or _OR_AT_THE_END.search(words):
        return SearchText(words=text)
    return SearchText(words=words, prefix=prefix)
