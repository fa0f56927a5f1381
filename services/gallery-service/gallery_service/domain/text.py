"""What people type, made fit to keep and to sort: titles, descriptions, tags, file names.

PostgreSQL's text holds neither U+0000 nor half a surrogate pair, and JSON can carry both; they are
refused here, where the answer can still name the field, and not by the database as a fault of ours.
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
    """Return the text as it is. Raises ValueError on control characters and lone surrogates."""
    for character in text:
        if unicodedata.category(character) in {"Cc", "Cs"} and character not in allowed_controls:
            raise ValueError("has a control character or half a surrogate pair")
    return text


def clean_line(text: str) -> str:
    """Return a text of one line, without white space around it and with single spaces inside.

    Raises ValueError on control characters and when nothing is left.
    """
    line = " ".join(check_storable(text).split())
    if not line:
        raise ValueError("is empty")
    return line


def clean_tags(tags: Sequence[str]) -> tuple[str, ...]:
    """Return the tags in lower case, each once, in the order given.

    Lower case, so that `Holiday` and `holiday` are one tag to whoever filters by it. Raises ValueError
    on a tag that is empty or too long, and on too many.
    """
    cleaned = tuple(dict.fromkeys(clean_line(tag).casefold() for tag in tags))
    if len(cleaned) > MAX_TAGS:
        raise ValueError(f"has more than {MAX_TAGS} tags")
    if any(len(tag) > MAX_TAG_CHARACTERS for tag in cleaned):
        raise ValueError(f"has a tag of more than {MAX_TAG_CHARACTERS} characters")
    return cleaned


def build_title_key(title: str) -> str:
    """Return what titles are sorted by: without case and accents, compared code point by code point.

    Made here and not by a collation of the database, whose order changes with the C library and would
    then silently break the index.
    """
    decomposed = unicodedata.normalize("NFKD", title.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))[
        :MAX_TITLE_CHARACTERS
    ]
