"""Pages of videos: keyset queries that cost the same on the first page and the last.

A list without search or filter walks one B-tree from the cursor on and stops when the page is full.
With them, two ways are tried, since each is slow exactly where the other is fast:

1. Walk the same B-tree for at most WALK_ROWS rows and keep those that match. A word that 300,000 of
   1,000,000 videos have fills a page within some 70 rows, where sorting all its matches takes 0.3 s.
2. Where that did not fill the page, the matches are rare here: take all of them from the GIN index,
   and sort. Sorting a few thousand takes some milliseconds, where walking to them would read the table.

Nothing is estimated, so no stale statistics can choose the slow way. docs/gallery-queries.md has the
plans and the figures.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    and_,
    cast,
    func,
    literal,
    literal_column,
    select,
    text,
    tuple_,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from gallery_service.adapters.tables import videos
from gallery_service.domain.page import PageRequest, SortField, VideoFilter
from gallery_service.domain.search import parse_search

WALK_ROWS: Final = 2_000

_SORT_COLUMNS: Final[dict[SortField, str]] = {
    "created_at": "created_at",
    "title": "title_key",
    "duration": "duration_seconds",
    "views": "views",
}
_SIMPLE: Final[ColumnElement[Any]] = literal_column("'pg_catalog.simple'::regconfig")


def find_page_ids(connection: Connection, request: PageRequest) -> list[str]:
    """Return the page's ids in order, and one more where another page follows."""
    if _has_conditions(request.filter):
        ids = _find_by_walk(connection, request)
        return _find_by_index(connection, request) if ids is None else ids
    plain = _walk(request, columns=[videos.c.id])
    return list(connection.scalars(plain.limit(request.limit + 1)))


def _has_conditions(wanted: VideoFilter) -> bool:
    return bool(wanted.search or wanted.tag or wanted.status or wanted.visibility)


def _walk(request: PageRequest, *, columns: Sequence[ColumnElement[Any]]) -> Select[Any]:
    """The rows of the list behind the cursor, in order: one scan of one of the list indexes."""
    rows = select(*columns).where(_in_scope(request.filter), _after(videos, request))
    return _order(rows, videos, request)


def _find_by_walk(connection: Connection, request: PageRequest) -> list[str] | None:
    """Return the page, or None where neither the page nor the list ended within WALK_ROWS."""
    rows = _walk(request, columns=list(videos.c)).limit(WALK_ROWS).subquery("rows")
    matching = select(rows.c.id).where(*_build_conditions(rows, request.filter))
    ids = list(connection.scalars(_order(matching, rows, request).limit(request.limit + 1)))
    if len(ids) > request.limit:
        return ids
    beyond = _walk(request, columns=[videos.c.id]).offset(WALK_ROWS).limit(1)
    return ids if connection.scalar(beyond) is None else None


def _find_by_index(connection: Connection, request: PageRequest) -> list[str]:
    """The planner's guess at how often a beginning of a word occurs is poor, hence the settings."""
    connection.execute(text("set local enable_seqscan = off; set local enable_indexscan = off"))
    key = videos.c[_SORT_COLUMNS[request.sort_field]]
    found = select(videos.c.id, key).where(_matches_document(request.filter), _in_index(request.filter))
    matched = found.cte("matched").prefix_with("materialized")
    page = select(matched.c.id).where(_after(matched, request))
    return list(connection.scalars(_order(page, matched, request).limit(request.limit + 1)))


def _in_scope(wanted: VideoFilter) -> ColumnElement[bool]:
    if wanted.owner_id is None:
        return videos.c.listed
    is_kept = videos.c.deleted_at.is_not(None) if wanted.is_trash else videos.c.deleted_at.is_(None)
    return and_(videos.c.user_id == wanted.owner_id, is_kept)


def _in_index(wanted: VideoFilter) -> ColumnElement[bool]:
    """What the GIN index cannot say itself: that a video is listed (its own partial index) or kept."""
    if wanted.owner_id is None:
        return videos.c.listed
    return literal(True) if wanted.is_trash else videos.c.deleted_at.is_(None)


def _after(rows: FromClause, request: PageRequest) -> ColumnElement[bool]:
    """The keyset: everything behind the last row of the page before."""
    if request.after is None:
        return literal(True)
    key = rows.c[_SORT_COLUMNS[request.sort_field]]
    last = tuple_(literal(request.after.key, key.type), literal(request.after.id, rows.c.id.type))
    row = tuple_(key, rows.c.id)
    return row < last if request.is_descending else row > last


def _order(query: Select[Any], rows: FromClause, request: PageRequest) -> Select[Any]:
    columns = [rows.c[_SORT_COLUMNS[request.sort_field]], rows.c.id]
    return query.order_by(*(column.desc() if request.is_descending else column for column in columns))


def _build_conditions(rows: FromClause, wanted: VideoFilter) -> Sequence[ColumnElement[bool]]:
    """The filter over the row's own columns, cheaper than over its document."""
    conditions: list[ColumnElement[bool]] = []
    if wanted.search:
        conditions.append(rows.c.document.op("@@", is_comparison=True)(_build_search(wanted.search)))
    if wanted.tag:
        conditions.append(rows.c.tags.contains([wanted.tag]))
    if wanted.status:
        conditions.append(rows.c.status == wanted.status)
    if wanted.visibility:
        conditions.append(rows.c.visibility == wanted.visibility)
    return conditions


def _matches_document(wanted: VideoFilter) -> ColumnElement[bool]:
    """The whole filter as one text search, so that the index intersects before a row is read."""
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
    if wanted.search:
        parts.insert(0, _build_search(wanted.search))
    query = parts[0]
    for part in parts[1:]:
        query = query.op("&&")(part)
    return videos.c.document.op("@@", is_comparison=True)(query)


def _quote_lexeme(lexeme: str) -> str:
    """Return the text of a tsquery that is this one lexeme, whatever signs it has."""
    escaped = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def _build_search(search: str) -> ColumnElement[Any]:
    parsed = parse_search(search)
    words = func.websearch_to_tsquery(_SIMPLE, parsed.words)
    if parsed.prefix is None:
        return words
    return words.op("&&")(func.to_tsquery(_SIMPLE, f"{_quote_lexeme(parsed.prefix)}:*"))
