"""Pages of videos: keyset queries that cost the same on the first page and the last.

A list without search or filter walks one B-tree from the cursor on and stops when the page is full.
With them there are three ways, each slow exactly where another is fast:

walk     The same B-tree, keeping the rows that match. A word that a third of all videos have fills a
         page within some 60 rows, where sorting its 300,000 matches would take half a second.
index    All matches from the GIN index, sorted. The way for rare words, which a walk would not meet.
periods  The GIN index period by period, along the date. The way for words that are common, but not
         where the page is: of old videos only, while the newest come first.

The first PROBE_ROWS of the walk show how dense matches are where the page is, the planner's estimate how
many there are in all; the cheaper way is taken. docs/gallery-queries.md has plans and figures.
"""

# ruff: noqa: S608 - the text is joined from fixed parts of page_sql.py; every value is a parameter

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection

from gallery_service.adapters.page_sql import PageSql
from gallery_service.domain.page import PageRequest

#: Half a millisecond, and enough to tell one match in a hundred rows from none.
PROBE_ROWS: Final = 500
#: A row of the walk costs 1.2 µs, a row that GIN found and that must be fetched and sorted 2.1 µs.
WALK_ROWS_PER_MATCH: Final = 1.75
#: 5 ms, since a walk that ends too soon is paid on top of what GIN then costs.
MAX_WALK_ROWS: Final = 4_500
#: The planner takes words for independent: two that go together it may think as rare as this or rarer.
MIN_ESTIMATE: Final = 2_000
#: Below, sorting all matches is faster than asking period by period (1 ms each).
MIN_MATCHES_FOR_PERIODS: Final = 15_000
#: The words typed in full are rare enough to be searched without the beginning of the next one.
MAX_PROBED_FOR_WORDS: Final = 0.02
#: 28 days, as migrations write it into the document.
PERIOD_SECONDS: Final = 28 * 24 * 3600


def find_page_ids(connection: Connection, request: PageRequest) -> list[str]:
    """Return the page's ids in order, and one more where another page follows."""
    sql = PageSql(request)
    if not sql.has_conditions:
        return _find_by_walk(connection, sql, rows=request.limit + 1)
    probe = _probe(connection, sql)
    if len(probe.ids) > request.limit or probe.rows < PROBE_ROWS:
        return probe.ids[: request.limit + 1]
    match = sql.build_index_match(is_prefix_indexed=probe.is_prefix_indexed)
    matches = _estimate(connection, sql, match=match)
    if (rows := probe.plan_walk(request.limit + 1, matches=matches)) is not None:
        ids = _find_by_walk(connection, sql, rows=rows)
        if len(ids) > request.limit or not _has_row_behind(connection, sql, rows=rows):
            return ids
    if request.sort_field != "created_at" or matches < MIN_MATCHES_FOR_PERIODS:
        return _find_by_index(connection, sql, match=match)
    of_period = sql.build_index_match(is_prefix_indexed=probe.is_prefix_indexed, period="period")
    return _find_by_periods(connection, sql, request=request, match=of_period)


@dataclass(frozen=True, kw_only=True)
class _Probe:
    """What the first rows of the walk showed; fewer than PROBE_ROWS are the whole rest of the list."""

    ids: list[str]
    word_matches: int
    rows: int

    @property
    def is_prefix_indexed(self) -> bool:
        """The beginning of a word may stand for thousands of words, whose rows the GIN index collects
        before it intersects (60 ms for two letters). Rare words before it are better searched alone."""
        return self.word_matches > MAX_PROBED_FOR_WORDS * self.rows

    def plan_walk(self, wanted: int, *, matches: int) -> int | None:
        """Return how many rows to walk, twice what the density lets expect; None where fetching all the
        matches is cheaper."""
        expected = self.rows * wanted / len(self.ids) if self.ids else math.inf
        worth = min(MAX_WALK_ROWS, WALK_ROWS_PER_MATCH * max(matches, MIN_ESTIMATE))
        return int(min(2 * expected, MAX_WALK_ROWS)) if expected <= worth else None


def _ask(connection: Connection, lines: list[str], *, values: dict[str, Any]) -> Any:
    return connection.exec_driver_sql("\n".join(lines), values)


def _build_walk(sql: PageSql) -> str:
    """The rows of the list behind the cursor, in order: one scan of one of the list indexes."""
    where = f"where {sql.scope} and {sql.after} order by {sql.order} limit %(rows)s"
    return " ".join(["select * from gallery_videos", where])


def _probe(connection: Connection, sql: PageSql) -> _Probe:
    lines = [
        f"select array_agg(id::text order by {sql.order}) filter (where {sql.row_matches}),",
        f"    count(*) filter (where {sql.words_match}), count(*)",
        f"from ({_build_walk(sql)}) as walked",
    ]
    ids, word_matches, rows = _ask(connection, lines, values=sql.values | {"rows": PROBE_ROWS}).one()
    return _Probe(ids=ids or [], word_matches=word_matches, rows=rows)


def _find_by_walk(connection: Connection, sql: PageSql, *, rows: int) -> list[str]:
    lines = [
        "select id::text",
        f"from ({_build_walk(sql)}) as walked",
        f"where {sql.row_matches} order by {sql.order} limit %(wanted)s",
    ]
    return list(_ask(connection, lines, values=sql.values | {"rows": rows}).scalars())


def _has_row_behind(connection: Connection, sql: PageSql, *, rows: int) -> bool:
    """Whether the list goes on behind a walk of so many rows; the index alone knows, at 0.1 µs a row."""
    lines = [
        "select 1 from gallery_videos",
        f"where {sql.scope} and {sql.after} order by {sql.order} offset %(rows)s limit 1",
    ]
    return _ask(connection, lines, values=sql.values | {"rows": rows}).first() is not None


def _find_by_index(connection: Connection, sql: PageSql, *, match: str) -> list[str]:
    lines = [
        # offset 0 keeps the planner from turning the sort into the walk that was found too long
        f"select id::text from (select id, {sql.column} from gallery_videos",
        f"    where {match} offset 0) as matched",
        f"where {sql.after} order by {sql.order} limit %(wanted)s",
    ]
    with _bitmaps_alone(connection):
        return list(_ask(connection, lines, values=sql.values).scalars())


@contextmanager
def _bitmaps_alone(connection: Connection) -> Iterator[None]:
    """Leave the planner nothing but bitmaps: it guesses badly at how common half a word is."""
    connection.exec_driver_sql("set local enable_seqscan = off; set local enable_indexscan = off")
    yield  # a fault ends the transaction, and these settings with it
    connection.exec_driver_sql("set local enable_seqscan = on; set local enable_indexscan = on")


def _estimate(connection: Connection, sql: PageSql, *, match: str) -> int:
    """Return how many matches the planner expects; it knows the commonest thousand lexemes by name."""
    lines = ["explain (format json)", "select id from gallery_videos", f"where {match}"]
    [plan] = _ask(connection, lines, values=sql.values).scalar_one()
    return int(plan["Plan"]["Plan Rows"])


def _list_periods(connection: Connection, sql: PageSql, *, request: PageRequest) -> dict[str, int]:
    """Return the first and last period of the list from the cursor on, and the step between two."""
    ends = [f"select min(created_at), max(created_at) from gallery_videos where {sql.scope}"]
    oldest, newest = _ask(connection, ends, values=sql.values).one()
    if oldest is None:
        return {"start": 0, "end": -1, "step": 1}  # emptied since the probe
    start, end = (newest, oldest) if request.is_descending else (oldest, newest)
    return {
        "start": _find_period(request.after.key if request.after else start),
        "end": _find_period(end),
        "step": -1 if request.is_descending else 1,
    }


def _find_by_periods(connection: Connection, sql: PageSql, *, request: PageRequest, match: str) -> list[str]:
    """One small question a period, from the cursor's on, until the page is full. The periods are asked
    for in their order and each answers in its own, so the rows come sorted."""
    lines = [
        "select found.id::text from generate_series(%(start)s, %(end)s, %(step)s) as period",
        f"cross join lateral (select id from gallery_videos where {match} and {sql.after}",
        f"    order by {sql.order} limit %(wanted)s) as found",
        "limit %(wanted)s",
    ]
    values = _list_periods(connection, sql, request=request)
    with _bitmaps_alone(connection):
        return list(_ask(connection, lines, values=sql.values | values).scalars())


def _find_period(time: Any) -> int:
    """Return the number of a time's period, counted from 1970 as the document counts."""
    return int(time.timestamp() // PERIOD_SECONDS)
