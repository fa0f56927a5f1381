"""A list's question → SQL conditions: over the row's own columns, or over its search document.

The document (a tsvector made by the database, see migrations) holds the words of title, tags and
description and, as lexemes that begin with '#', everything a list can be filtered by; so one GIN index
intersects any mixture of words and filters before a single row is read.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, and_, cast, func, literal, literal_column, or_, tuple_
from sqlalchemy.dialects.postgresql import TSQUERY

from gallery_service.adapters.tables import videos
from gallery_service.domain.page import PageRequest, SortField, VideoFilter
from gallery_service.domain.search import SearchText, parse_search

SORT_COLUMNS: Final[dict[SortField, str]] = {
    "created_at": "created_at",
    "title": "title_key",
    "duration": "duration_seconds",
    "views": "views",
}
_SIMPLE: Final[ColumnElement[Any]] = literal_column("'pg_catalog.simple'::regconfig")


def has_conditions(wanted: VideoFilter) -> bool:
    """Whether the list is narrowed beyond whose it is."""
    return bool(wanted.search or wanted.tag or wanted.status or wanted.visibility)


def is_in_scope(wanted: VideoFilter) -> ColumnElement[bool]:
    """Whose list it is; each of the three is the condition of one set of partial indexes."""
    if wanted.owner_id is None:
        return videos.c.listed
    is_kept = videos.c.deleted_at.is_not(None) if wanted.is_trash else videos.c.deleted_at.is_(None)
    return and_(videos.c.user_id == wanted.owner_id, is_kept)


def is_after(rows: FromClause, request: PageRequest) -> ColumnElement[bool]:
    """The keyset: everything behind the last row of the page before."""
    if request.after is None:
        return literal(True)
    key = rows.c[SORT_COLUMNS[request.sort_field]]
    last = tuple_(literal(request.after.key, key.type), literal(request.after.id, rows.c.id.type))
    row = tuple_(key, rows.c.id)
    return row < last if request.is_descending else row > last


def build_order(rows: FromClause, request: PageRequest) -> list[ColumnElement[Any]]:
    columns = [rows.c[SORT_COLUMNS[request.sort_field]], rows.c.id]
    return [column.desc() if request.is_descending else column.asc() for column in columns]


def matches_row(rows: FromClause, wanted: VideoFilter) -> ColumnElement[bool]:
    """The filter over the row's own columns, cheaper for a row in hand than its document."""
    conditions: list[ColumnElement[bool]] = [literal(True)]
    if wanted.search:
        conditions.append(_matches(rows.c.document, build_search(parse_search(wanted.search))))
    if wanted.tag:
        conditions.append(rows.c.tags.contains([wanted.tag]))
    if wanted.status:
        conditions.append(rows.c.status == wanted.status)
    if wanted.visibility:
        conditions.append(rows.c.visibility == wanted.visibility)
    return and_(*conditions)


def matches_words(rows: FromClause, search: SearchText) -> ColumnElement[bool]:
    """The search without its last, half-typed word; true where nothing stands before that."""
    words = build_search(SearchText(words=search.words))
    return or_(func.numnode(words) == 0, _matches(rows.c.document, words))


def matches_document(
    wanted: VideoFilter, *, is_prefix_indexed: bool, lexemes: Sequence[ColumnElement[str]] = ()
) -> ColumnElement[bool]:
    """The whole filter as one text search, for the GIN index; `lexemes` must be in the document too.

    With `is_prefix_indexed` false the half-typed word is checked on the rows that the rest finds:
    written as a function call, which no index answers.
    """
    facets = {
        "#owner/": wanted.owner_id,
        "#tag/": wanted.tag,
        "#status/": wanted.status,
        "#visibility/": wanted.visibility,
        "#trash": "" if wanted.is_trash else None,
    }
    parts: list[ColumnElement[Any]] = [
        cast(_quote_lexeme(name + value), TSQUERY) for name, value in facets.items() if value is not None
    ]
    parts += [cast(lexeme, TSQUERY) for lexeme in lexemes]
    search = parse_search(wanted.search)
    indexed = search if is_prefix_indexed else SearchText(words=search.words)
    if wanted.search:
        parts.insert(0, build_search(indexed))
    query = parts[0]
    for part in parts[1:]:
        query = query.op("&&")(part)
    found = and_(_matches(videos.c.document, query), _is_in_index(wanted))
    if search.prefix is None or is_prefix_indexed:
        return found
    return and_(found, func.ts_match_vq(videos.c.document, _build_prefix(search.prefix)))


def _is_in_index(wanted: VideoFilter) -> ColumnElement[bool]:
    """What the document cannot say: that a video is listed (an index of its own) or kept."""
    if wanted.owner_id is None:
        return videos.c.listed
    return literal(True) if wanted.is_trash else videos.c.deleted_at.is_(None)


def build_search(search: SearchText) -> ColumnElement[Any]:
    """Return the tsquery; every text makes one."""
    words = func.websearch_to_tsquery(_SIMPLE, search.words)
    return words if search.prefix is None else words.op("&&")(_build_prefix(search.prefix))


def _build_prefix(prefix: str) -> ColumnElement[Any]:
    return func.to_tsquery(_SIMPLE, f"{_quote_lexeme(prefix)}:*")


def _matches(document: ColumnElement[Any], query: ColumnElement[Any]) -> ColumnElement[bool]:
    return document.op("@@", is_comparison=True)(query)


def _quote_lexeme(lexeme: str) -> str:
    """Return the text of a tsquery that is this one lexeme, whatever signs it has."""
    escaped = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
