"""A list's question → the parts of its SQL: whose list, which rows, behind which row, in which order.

Written as text and not built from objects: SQLAlchemy takes 5 ms to build and key such a query, and the
database 2 ms to answer it. No value ever stands in the text; all are in `values`.

The search document (a tsvector made by the database, see migrations) holds the words of title, tags and
description and, as lexemes that begin with '#', everything a list can be filtered by; so one GIN index
intersects any mixture of words and filters before a single row is read.
"""

from typing import Any, Final

from gallery_service.domain.page import PageRequest, SortField, VideoFilter
from gallery_service.domain.search import parse_search

SORT_COLUMNS: Final[dict[SortField, str]] = {
    "created_at": "created_at",
    "title": "title_key",
    "duration": "duration_seconds",
    "views": "views",
}
_WORDS: Final = "websearch_to_tsquery('pg_catalog.simple', %(words)s)"
_PREFIX: Final = "to_tsquery('pg_catalog.simple', %(prefix)s)"


class PageSql:
    """The parts for one request; `values` are psycopg2's named parameters."""

    def __init__(self, request: PageRequest) -> None:
        wanted = request.filter
        search = parse_search(wanted.search)
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
            "facets": " & ".join(_list_facets(wanted)),
            "wanted": request.limit + 1,
        }
        self._wanted = wanted
        self._has_prefix = search.prefix is not None
        if request.after:
            self.after = f"({self.column}, id) {sign} (%(after_key)s, %(after_id)s::uuid)"
            self.values |= {"after_key": request.after.key, "after_id": request.after.id}

    @property
    def row_matches(self) -> str:
        """The filter over a row's own columns, cheaper for a row in hand than its document."""
        conditions = {
            f"document @@ ({self._search})": self._wanted.search,
            "tags @> array[%(tag)s]": self._wanted.tag,
            "status = %(status)s": self._wanted.status,
            "visibility = %(visibility)s": self._wanted.visibility,
        }
        return " and ".join(["true", *(sql for sql, is_wanted in conditions.items() if is_wanted)])

    @property
    def words_match(self) -> str:
        """The search without its last, half-typed word; true where nothing stands before that."""
        return f"(numnode({_WORDS}) = 0 or document @@ {_WORDS})"

    def build_index_match(self, *, is_prefix_indexed: bool, period: str | None = None) -> str:
        """The whole filter as one text search, for the GIN index; `period` is SQL for a number.

        With `is_prefix_indexed` false the half-typed word is checked on the rows that the rest finds:
        written as a function call, which no index answers.
        """
        is_prefix_checked = self._has_prefix and not is_prefix_indexed
        queries = {
            _WORDS if is_prefix_checked else self._search: self._wanted.search,
            "%(facets)s::tsquery": self.values["facets"],
            f"('''#period/' || {period} || '''')::tsquery": period,
        }
        query = " && ".join(sql for sql, is_wanted in queries.items() if is_wanted)
        conditions = [f"document @@ ({query})"]
        if self._wanted.owner_id is None:
            conditions.append("listed")  # the condition of an index of its own
        elif not self._wanted.is_trash:
            conditions.append("deleted_at is null")
        if is_prefix_checked:
            conditions.append(f"ts_match_vq(document, {_PREFIX})")
        return " and ".join(conditions)

    @property
    def _search(self) -> str:
        return f"{_WORDS} && {_PREFIX}" if self._has_prefix else _WORDS


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
    return [_quote(name + value) for name, value in facets.items() if value is not None]


def _quote(lexeme: str) -> str:
    """Return the text of a tsquery that is this one lexeme, whatever signs it has."""
    escaped = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
