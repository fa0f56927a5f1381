"""A page request → the parts of its SQL: whose list, which rows, after which row, in which order.

Written as text, because SQLAlchemy takes 5 ms to build and cache such a query and the database 2 ms
to answer it. The text never contains a value; all values are parameters, in `values`.

The search document (a tsvector made by the database, see migrations) holds the words of title, tags
and description and, as lexemes that begin with '#', everything a list can be filtered by; so one
GIN index intersects any mixture of words and filters before a single row is read. Each document
also names the bucket of its video along each sort key, and the table gallery_spread says in which
buckets a lexeme occurs.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from gallery_service.domain.page import PageRequest, SortField, VideoFilter
from gallery_service.search.search_text import parse_search

SORT_COLUMNS: Final[dict[SortField, str]] = {
    "created_at": "created_at",
    "title": "title_key",
    "duration": "duration_seconds",
    "views": "views",
}
#: Number of buckets along each sort key; the functions in the migrations number them.
BUCKETS: Final[dict[SortField, int]] = {"created_at": 512, "title": 4096, "duration": 512, "views": 512}
_WORDS: Final = "websearch_to_tsquery('pg_catalog.simple', %(words)s)"
_PREFIX: Final = "to_tsquery('pg_catalog.simple', %(prefix)s)"
#: A search whose words must all occur: no quotes, no minus and no `or`.
_PLAIN_WORDS: Final = re.compile(r"(?!.*\bor\b)[\w\s]+", re.IGNORECASE | re.DOTALL)


class PageSql:
    """The parts for one request; `values` are psycopg2's named parameters."""

    def __init__(self, request: PageRequest) -> None:
        wanted = request.filter
        search = parse_search(wanted.search)
        self.sort_field = request.sort_field
        self._is_descending = request.is_descending
        self.column = SORT_COLUMNS[request.sort_field]
        direction, sign = ("desc", "<") if request.is_descending else ("asc", ">")
        self.order = f"{self.column} {direction}, id {direction}"
        self.after = "true"
        self.scope = _build_scope(wanted)
        self.has_conditions = bool(wanted.search or wanted.tag or wanted.status or wanted.visibility)
        self.values: dict[str, Any] = {
            "owner_id": wanted.owner_id,
            "tag": wanted.tag,
            "status": wanted.status,
            "visibility": wanted.visibility,
            "words": search.words,
            "prefix": None if search.prefix is None else f"{_quote(search.prefix)}:*",
            "facets": " & ".join(map(_quote, _list_facets(wanted))),
            "spread_facets": [name for name in _list_facets(wanted) if name.startswith(("#owner/", "#tag/"))],
            "first_word": (search.prefix or "").lower(),
            "last_word": f"{(search.prefix or '').lower()}\U0010ffff",
            "wanted": request.limit + 1,
        }
        self._wanted = wanted
        self._prefix = search.prefix
        self._is_spelled_out = False
        self._prefix_spread: Mapping[str, str] = {}
        self.cursor_bucket = "null"
        if request.after:
            self.cursor_bucket = f"gallery_bucket_{self.sort_field}(%(after_key)s, %(after_id)s::uuid)"
            self.after = f"({self.column}, id) {sign} (%(after_key)s, %(after_id)s::uuid)"
            self.values |= {"after_key": request.after.key, "after_id": request.after.id}

    def leap_to(self, bucket: int) -> None:
        """From now on skip the rows before this bucket, which are known not to match."""
        if self._is_descending:
            start = f"{self.column} <= gallery_bucket_start_{self.sort_field}(%(leap)s + 1)"
        else:
            start = f"{self.column} >= gallery_bucket_start_{self.sort_field}(%(leap)s)"
        self.after = f"{self.after} and {start}"
        self.values["leap"] = bucket

    @property
    def row_matches(self) -> str:
        """The filter on the row's own columns, which is cheaper than its document once the row is read."""
        conditions = {
            f"document @@ ({self._search})": self._wanted.search,
            "tags @> array[%(tag)s]": self._wanted.tag,
            "status = %(status)s": self._wanted.status,
            "visibility = %(visibility)s": self._wanted.visibility,
        }
        return " and ".join(["true", *(sql for sql, is_wanted in conditions.items() if is_wanted)])

    @property
    def is_intersection(self) -> bool:
        """Whether a match must have more than one word, tag, owner or other filter."""
        return len(self._wanted.search.split()) + len(_list_facets(self._wanted)) > 1

    @property
    def is_prefix_open(self) -> bool:
        """Whether the search has a prefix that is not replaced by its words."""
        return self._prefix is not None and not self._is_spelled_out

    @property
    def words_match(self) -> str:
        """The search without its prefix; true where there is nothing else."""
        return f"(numnode({_WORDS}) = 0 or document @@ {_WORDS})"

    def build_index_match(self, *, is_prefix_indexed: bool, also: str | None = None) -> str:
        """The whole filter as one text search for the GIN index; `also` is SQL of a tsquery that
        must match too.

        With `is_prefix_indexed` false the prefix is checked on the rows that the rest finds:
        written as a function call, which no index answers.
        """
        is_prefix_checked = self.is_prefix_open and not is_prefix_indexed
        search = _WORDS if is_prefix_checked else self._search
        return self._build_match(search, also=also, is_prefix_checked=is_prefix_checked)

    @property
    def batch_match(self) -> str:
        """The whole filter within some buckets; `batch` in the SQL is the result of `build_batch`."""
        return self._build_match(_WORDS, also="batch::tsquery", is_prefix_checked=self.is_prefix_open)

    def build_batch(self, buckets: Sequence[int]) -> str:
        """Return a tsquery as text: any of the buckets, and any of the prefix's words that occur in
        them (often two of ten; GIN looks up each one)."""
        places = " | ".join(_quote(f"#{self.sort_field}/{bucket}") for bucket in buckets)
        if not self._is_spelled_out:
            return places
        here = [
            word for word, spread in self._prefix_spread.items() if any(spread[b] == "1" for b in buckets)
        ]
        return f"({' | '.join(map(_quote, here)) or self.values['prefix_words']}) & ({places})"

    def _build_match(self, search: str, *, also: str | None, is_prefix_checked: bool) -> str:
        queries = {
            search: self._wanted.search,
            "%(facets)s::tsquery": self.values["facets"],
            also: also,
        }
        query = " && ".join(sql for sql, is_wanted in queries.items() if sql and is_wanted)
        conditions = [f"document @@ ({query})"]
        if self._wanted.owner_id is None:
            conditions.append("listed")  # the condition of an index of its own
        elif not self._wanted.is_trash:
            conditions.append("deleted_at is null")
        if is_prefix_checked:
            conditions.append(f"ts_match_vq(document, {_PREFIX})")
        return " and ".join(conditions)

    @property
    def spread(self) -> str:
        """The buckets along the sort key in which all that a match must have occurs, as a text of bits.

        What cannot be looked up narrows nothing: a search with operators, a prefix that is not plain ASCII.
        """
        required = ["%(spread_facets)s::text[]"]
        if _PLAIN_WORDS.fullmatch(self.values["words"]):
            required.append("tsvector_to_array(to_tsvector('pg_catalog.simple', %(words)s))")
        where = {f"bit_and({self.sort_field})": f"lexeme = any ({' || '.join(required)})"}
        if self.is_prefix_plain:
            where[f"bit_or({self.sort_field})"] = self.prefix_words
        all_buckets = f"~ 0::bit({BUCKETS[self.sort_field]})"
        bits = [
            f"coalesce((select {bits} from gallery_spread where {rows}), {all_buckets})"  # noqa: S608
            for bits, rows in where.items()
        ]
        return f"({' & '.join(bits)})::text"

    @property
    def is_prefix_plain(self) -> bool:
        """Whether the search has a prefix whose words `prefix_words` can find."""
        return self._prefix is not None and self._prefix.isascii() and self._prefix.isalnum()

    @property
    def prefix_words(self) -> str:
        """The rows of gallery_spread for the words with this prefix."""
        return "lexeme >= %(first_word)s and lexeme < %(last_word)s"

    @property
    def prefix_spread(self) -> str:
        """The buckets of each word that replaces the prefix: pairs of word and bits."""
        if not self._is_spelled_out:
            return "'{}'::text[]"
        pair = f"array[lexeme, {self.sort_field}::text]"
        return f"array(select {pair} from gallery_spread where {self.prefix_words})"  # noqa: S608

    def note_prefix_spread(self, spread: Mapping[str, str]) -> None:
        self._prefix_spread = spread

    def spell_out_prefix(self, words: list[str]) -> None:
        """From now on search for these words in place of the prefix; for the prefix if there are none."""
        self._is_spelled_out = bool(words)
        self.values["prefix_words"] = " | ".join(map(_quote, words))

    @property
    def _search(self) -> str:
        if self._prefix is None:
            return _WORDS
        return f"{_WORDS} && {'%(prefix_words)s::tsquery' if self._is_spelled_out else _PREFIX}"


def _build_scope(wanted: VideoFilter) -> str:
    """Whose list it is; each of the three is the condition of one set of partial indexes."""
    if wanted.owner_id is None:
        return "listed"
    return f"user_id = %(owner_id)s and deleted_at is {'not null' if wanted.is_trash else 'null'}"


def _list_facets(wanted: VideoFilter) -> list[str]:
    facets = {
        "#owner/": wanted.owner_id,
        "#tag/": wanted.tag,
        "#status/": wanted.status,
        "#visibility/": wanted.visibility,
        "#trash": "" if wanted.is_trash else None,
    }
    return [name + value for name, value in facets.items() if value is not None]


def _quote(lexeme: str) -> str:
    """Return a tsquery for this one lexeme as text, whatever characters it has."""
    escaped = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
