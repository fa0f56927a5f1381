"""Pages of videos: keyset queries that cost the same on the first page and the last.

A list without search or filter walks one B-tree from the cursor on and stops when the page is full.
With them there are three ways, each slow exactly where another is fast:

walk    The same B-tree, keeping the rows that match. A word that a third of all videos have fills a page
        within some 60 rows, where sorting its 300,000 matches would take half a second.
index   All matches from the GIN index, sorted. The way for rare words, which a walk would not meet.
weeks   The GIN index week by week, along the date. The way for words that are common, but not where the
        page is: of old videos only, while the newest come first.

The first PROBE_ROWS of the walk tell which: they show how dense matches are where the page is. Only
between index and weeks the planner's estimate decides. docs/gallery-queries.md has plans and figures.
"""

import math
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, Text, cast, func, literal, select, text
from sqlalchemy.dialects.postgresql import aggregate_order_by

from gallery_service.adapters.postgres_video_filters import (
    SORT_COLUMNS,
    build_order,
    has_conditions,
    is_after,
    is_in_scope,
    matches_document,
    matches_row,
    matches_words,
)
from gallery_service.adapters.tables import videos
from gallery_service.domain.page import PageRequest
from gallery_service.domain.search import parse_search

#: Half a millisecond, and enough to tell one match in a hundred rows from none.
PROBE_ROWS: Final = 500
#: A page of n from m matches among N rows takes a walk of n·N/m rows or an index scan of m, at much the
#: same cost a row; they meet at √(n·N), and N is a million.
WALK_ROWS_PER_ROOT: Final = 1_000
#: Below, sorting all matches is faster than asking week by week.
MIN_MATCHES_FOR_WEEKS: Final = 8_000
#: The words typed in full are rare enough to be searched without the beginning of the next one.
MAX_PROBED_FOR_WORDS: Final = 0.02
WEEK_SECONDS: Final = 7 * 24 * 3600


def find_page_ids(connection: Connection, request: PageRequest) -> list[str]:
    """Return the page's ids in order, and one more where another page follows."""
    wanted = request.limit + 1
    if not has_conditions(request.filter):
        return list(connection.scalars(_walk(request, columns=[videos.c.id]).limit(wanted)))
    probe = _probe(connection, request)
    if len(probe.ids) >= wanted or probe.is_whole_list:
        return probe.ids[:wanted]
    if (rows := probe.plan_walk(wanted)) is not None:
        ids = _find_by_walk(connection, request, rows=rows)
        if len(ids) >= wanted:
            return ids
    return _find_by_index(connection, request, is_prefix_indexed=probe.is_prefix_indexed)


@dataclass(frozen=True, kw_only=True)
class _Probe:
    """What the first rows of the walk showed."""

    ids: list[str]
    word_matches: int
    rows: int

    @property
    def is_whole_list(self) -> bool:
        return self.rows < PROBE_ROWS

    @property
    def is_prefix_indexed(self) -> bool:
        """The beginning of a word may stand for thousands of words, whose rows the GIN index collects
        before it intersects (60 ms for two letters). Rare words before it are better searched alone."""
        return self.word_matches > MAX_PROBED_FOR_WORDS * self.rows

    def plan_walk(self, wanted: int) -> int | None:
        """Return how many rows to walk, twice what the density lets expect; None where that is too far."""
        expected = self.rows * wanted / len(self.ids) if self.ids else math.inf
        return int(2 * expected) if expected <= WALK_ROWS_PER_ROOT * math.sqrt(wanted) else None


def _walk(request: PageRequest, *, columns: list[ColumnElement[Any]]) -> Select[Any]:
    """The rows of the list behind the cursor, in order: one scan of one of the list indexes."""
    rows = select(*columns).where(is_in_scope(request.filter), is_after(videos, request))
    return rows.order_by(*build_order(videos, request))


def _probe(connection: Connection, request: PageRequest) -> _Probe:
    rows = _walk(request, columns=list(videos.c)).limit(PROBE_ROWS).subquery("rows")
    has_words = matches_words(rows, parse_search(request.filter.search))
    query = select(
        func.array_agg(aggregate_order_by(rows.c.id, *build_order(rows, request))).filter(
            matches_row(rows, request.filter)
        ),
        func.count().filter(has_words),
        func.count(),
    )
    ids, word_matches, count = connection.execute(query).one()
    return _Probe(ids=list(ids or ()), word_matches=word_matches, rows=count)


def _find_by_walk(connection: Connection, request: PageRequest, *, rows: int) -> list[str]:
    walked = _walk(request, columns=list(videos.c)).limit(rows).subquery("rows")
    matching = select(walked.c.id).where(matches_row(walked, request.filter))
    ordered = matching.order_by(*build_order(walked, request))
    return list(connection.scalars(ordered.limit(request.limit + 1)))


def _find_by_index(connection: Connection, request: PageRequest, *, is_prefix_indexed: bool) -> list[str]:
    """Whole scans and B-trees are out: the planner guesses badly at how common half a word is."""
    connection.execute(text("set local enable_seqscan = off; set local enable_indexscan = off"))
    found = matches_document(request.filter, is_prefix_indexed=is_prefix_indexed)
    if request.sort_field == "created_at" and _estimate(connection, found) >= MIN_MATCHES_FOR_WEEKS:
        return _find_by_weeks(connection, request, is_prefix_indexed=is_prefix_indexed)
    key = videos.c[SORT_COLUMNS[request.sort_field]]
    # Materialized, lest the planner turn the sort into the walk that was found too long.
    matched = select(videos.c.id, key).where(found).cte("matched").prefix_with("materialized")
    page = select(matched.c.id).where(is_after(matched, request)).order_by(*build_order(matched, request))
    return list(connection.scalars(page.limit(request.limit + 1)))


def _estimate(connection: Connection, found: ColumnElement[bool]) -> int:
    """Return how many rows the planner expects; it knows the commonest thousand lexemes by name."""
    query = select(videos.c.id).where(found)
    compiled = query.compile(connection, compile_kwargs={"render_postcompile": True})
    [plan] = connection.exec_driver_sql(f"explain (format json) {compiled}", compiled.params).scalar_one()
    return int(plan["Plan"]["Plan Rows"])


def _find_by_weeks(connection: Connection, request: PageRequest, *, is_prefix_indexed: bool) -> list[str]:
    """One small question a week, from the cursor's on, until the page is full. The weeks are asked for in
    their order and each answers in its own, so the rows come sorted."""
    newest = select(func.max(videos.c.created_at)).where(is_in_scope(request.filter)).scalar_subquery()
    oldest = select(func.min(videos.c.created_at)).where(is_in_scope(request.filter)).scalar_subquery()
    ends = [newest, oldest] if request.is_descending else [oldest, newest]
    if request.after:
        ends[0] = literal(request.after.key, videos.c.created_at.type)  # type: ignore[call-overload]
    step = -1 if request.is_descending else 1
    weeks = select(func.generate_series(_week(ends[0]), _week(ends[1]), step).label("week")).subquery("weeks")
    lexeme = literal("'#week/") + cast(weeks.c.week, Text) + literal("'")
    found = matches_document(request.filter, is_prefix_indexed=is_prefix_indexed, lexemes=[lexeme])
    of_week = (
        select(videos.c.id)
        .where(found, is_after(videos, request))
        .order_by(*build_order(videos, request))
        .limit(request.limit + 1)
        .lateral("of_week")
    )
    page = select(of_week.c.id).select_from(weeks.join(of_week, literal(True)))
    return list(connection.scalars(page.limit(request.limit + 1)))


def _week(time: Any) -> ColumnElement[int]:
    """Return the week's number since 1970, as migrations write it into the document."""
    return func.div(func.extract("epoch", time), WEEK_SECONDS)
