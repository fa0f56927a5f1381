"""The text of a search box → the words for PostgreSQL's full-text search.

The words are read by `websearch_to_tsquery` (quotes, `or`, a minus), so every text is a valid
search. The last word also matches as a prefix, because the list is searched while the user types:
`big buck bun` finds the bunny. It is no prefix when a space or a quote ends it, or after `or` or a
minus, which apply to whole words.

Words are searched as the search document stores them: in lower case, without accents.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

#: A shorter prefix matches so many words that it narrows nothing and costs as much as all of them.
MIN_PREFIX_CHARACTERS: Final = 2

#: Combining marks of the European scripts. Marks of other scripts stay: there they make another letter.
_ACCENTS: Final = re.compile("[\u0300-\u036f]")
#: Letters that Unicode does not decompose, with what people type where the keyboard lacks them.
_LETTERS: Final = str.maketrans(
    dict(zip("øłđðħıŧς", "olddhitσ", strict=True)) | {"ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"}
)
_LAST_WORD = re.compile(r"(?P<words>.*?)(?P<prefix>\w+)\Z", re.DOTALL)
#: The quote and its full-width form, which folding turns into the quote.
_QUOTE = re.compile('["\uff02]')
#: A word, with its accents, that PostgreSQL could read as an operator: not the last, not hyphenated.
_WORD = re.compile(r"(?<!\w)(?<!\w-)[\w\u0300-\u036f]+(?![\w-]|\Z)")
_OR_AT_THE_END = re.compile(r"(?:\A|\s)or\s+\Z", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class SearchText:
    """`words` for websearch_to_tsquery; `prefix` (word characters only) is the word being typed."""

    words: str
    prefix: str | None = None


def parse_search(text: str) -> SearchText:
    """Return the two parts of the search; together they are the whole text, folded."""
    text = _fold_search(text)
    match = _LAST_WORD.match(text)
    if match is None or text.count('"') % 2:
        return SearchText(words=text)
    words, prefix = match["words"], match["prefix"]
    if len(prefix) < MIN_PREFIX_CHARACTERS or words.endswith("-") or _OR_AT_THE_END.search(words):
        return SearchText(words=text)
    return SearchText(words=words, prefix=prefix)


def fold_text(text: str) -> str:
    """Return the text as searches compare it: in lower case, without accents, `ß` as `ss` and so on.

    The database folds the stored texts with its function gallery_fold, which gives the same result
    for every character. Composed again at the end: PostgreSQL's parser would split the parts of 한
    and が.
    """
    decomposed = unicodedata.normalize("NFKD", text).lower()
    return unicodedata.normalize("NFC", _ACCENTS.sub("", decomposed).translate(_LETTERS))


def _fold_search(text: str) -> str:
    """Return the search folded; words that folding would turn into the operator `or` (`ör`) are quoted."""
    parts = _QUOTE.split(text)  # every second part was in quotes
    parts[::2] = [_WORD.sub(_quote_new_or, part) for part in parts[::2]]
    return fold_text('"'.join(parts))


def _quote_new_or(word: re.Match[str]) -> str:
    is_new = fold_text(word[0]) == "or" != word[0].lower()
    return f'"{word[0]}"' if is_new else word[0]
