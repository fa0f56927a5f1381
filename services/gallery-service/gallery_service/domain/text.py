"""Text that users type, checked and cleaned for storing and sorting: titles, descriptions, tags, file names.

PostgreSQL's text can hold neither U+0000 nor half a surrogate pair, but JSON can; they are refused
here, where the answer can name the field, instead of failing in the database as an error of ours.
"""

import unicodedata
from collections.abc import Sequence
from typing import Final

MAX_TITLE_CHARACTERS: Final = 200
MAX_DESCRIPTION_CHARACTERS: Final = 5000
MAX_TAGS: Final = 30
MAX_TAG_CHARACTERS: Final = 50
MAX_SEARCH_CHARACTERS: Final = 200

_TEXT_CONTROLS: Final = frozenset("\t\n\r")


def check_storable(text: str, *, allowed_controls: frozenset[str] = _TEXT_CONTROLS) -> str:
    """Return the text unchanged. Raises ValueError on control characters and lone surrogates."""
    for character in text:
        if unicodedata.category(character) in {"Cc", "Cs"} and character not in allowed_controls:
            raise ValueError("has a control character or half a surrogate pair")
    return text


def clean_line(text: str) -> str:
    """Return one line of text, without white space at its ends and with single spaces inside.

    Raises ValueError on control characters and if nothing is left.
    """
    line = " ".join(check_storable(text).split())
    if not line:
        raise ValueError("is empty")
    return line


def clean_tags(tags: Sequence[str]) -> tuple[str, ...]:
    """Return the tags in lower case, each once, in the given order.

    Lower case, so that `Holiday` and `holiday` are the same tag in a filter. Raises ValueError on
    an empty or too long tag, and on too many tags.
    """
    cleaned = tuple(dict.fromkeys(clean_line(tag).casefold() for tag in tags))
    if len(cleaned) > MAX_TAGS:
        raise ValueError(f"has more than {MAX_TAGS} tags")
    if any(len(tag) > MAX_TAG_CHARACTERS for tag in cleaned):
        raise ValueError(f"has a tag of more than {MAX_TAG_CHARACTERS} characters")
    return cleaned


def build_title_key(title: str) -> str:
    """Return the sort key of a title: without case and accents, compared code point by code point.

    Built here and not by a collation of the database, whose order changes with the C library and
    would then silently break the index.
    """
    decomposed = unicodedata.normalize("NFKD", title.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))[
        :MAX_TITLE_CHARACTERS
    ]
