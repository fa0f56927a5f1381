"""Pages of videos: keyset queries that cost the same on the first page and the last.

A list without search or filter walks one B-tree from the cursor on and stops when the page is full.
With them there are three ways, tried in this order, each for what the one before is slow at:

walk     A few hundred rows of the same B-tree, keeping those that match. A word that a third of all videos
         have fills a page within some 60 rows, where sorting its 300,000 matches would take half a second.
index    All matches from the GIN index, sorted. The way for rare words, which a walk would not meet.
buckets  The GIN index, bucket by bucket along the sort key, until the page is full; buckets that a word
         does not occur in are known and left out. The way for all between, and for words that are common,
         but not where the page is: of short videos only, while the longest come first. There the first
         bucket may be full of matches, so it is walked into before it is asked.

docs/gallery-queries.md has plans and figures.
"""

# ruff: noqa: S608 - the text is joined from fixed parts of page_sql.py; every value is a parameter

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection

from gallery_service.adapters.page_sql import PageSql
from gallery_service.domain.page import PageRequest

#: Half a millisecond, in which a word that one video in twenty has fills a page.
WALK_ROWS: Final = 500
#: A word that is missing for so long is not just rare: it may be common where it begins.
MIN_LEAP: Final = 8
#: All of m matches cost m rows, a page of n of them by buckets about n/m of the list: equal at m = √n · 570,
#: where √(5n) matches are in the sample, which has one video in 256: 2,500 for a page of 20 (5 ms).
SAMPLED_SQUARE_PER_VIDEO: Final = 5
#: Half a word that stands for so few words is asked for as these.
MAX_WORDS_FOR_PREFIX: Final = 16
#: The words typed in full are rare enough to be searched without the beginning of the next one.
MAX_WALKED_FOR_WORDS: Final = 0.02


def find_page_ids(connection: Connection, request: PageRequest) -> list[str]:
    """Return the page's ids in order, and one more where another page follows."""
    sql = PageSql(request)
    if not sql.has_conditions:
        return _find_all(connection, sql)
    walk = _walk(connection, sql)
    if walk.is_page(request.limit):
        return walk.ids[: request.limit + 1]
    sql.spell_out_prefix(_list_words(connection, sql))
    with _bitmaps_alone(connection):
        sampled = _count_sampled(connection, sql, is_prefix_indexed=walk.is_prefix_indexed)
        if sampled**2 <= SAMPLED_SQUARE_PER_VIDEO * request.limit:
            return _find_by_index(connection, sql, is_prefix_indexed=walk.is_prefix_indexed)
    buckets, distance = _list_buckets(connection, sql, request=request)
    if distance >= MIN_LEAP:
        sql.leap_to(buckets[0])
        walk = _walk(connection, sql)
        if walk.is_page(request.limit):
            return walk.ids[: request.limit + 1]
    with _bitmaps_alone(connection):
        return _find_by_buckets(connection, sql, buckets=buckets)


@dataclass(frozen=True, kw_only=True)
class _Walk:
    """What the first rows showed."""

    ids: list[str]
    word_matches: int
    rows: int
    is_whole: bool

    def is_page(self, limit: int) -> bool:
        """Whether nothing more is needed: the page is full, or the list has ended."""
        return len(self.ids) > limit or self.is_whole

    @property
    def is_prefix_indexed(self) -> bool:
        """The beginning of a word may stand for thousands of words, whose rows the GIN index collects
        before it intersects (60 ms for two letters). Rare words before it are better searched alone."""
        return self.word_matches > MAX_WALKED_FOR_WORDS * self.rows


def _ask(connection: Connection, lines: list[str], *, values: dict[str, Any]) -> Any:
    return connection.exec_driver_sql("\n".join(lines), values)


def _find_all(connection: Connection, sql: PageSql) -> list[str]:
    lines = [
        # under another name than id, or the rows would be ordered by the text, which no index is
        "select id::text as found from gallery_videos",
        f"where {sql.scope} and {sql.after} order by {sql.order} limit %(wanted)s",
    ]
    return list(_ask(connection, lines, values=sql.values).scalars())


def _walk(connection: Connection, sql: PageSql) -> _Walk:
    lines = [
        f"select array_agg(id::text order by {sql.order}) filter (where {sql.row_matches}),",
        f"    count(*) filter (where {sql.words_match}), count(*)",
        f"from (select * from gallery_videos where {sql.scope} and {sql.after}",
        f"    order by {sql.order} limit %(rows)s) as walked",
    ]
    ids, word_matches, walked = _ask(connection, lines, values=sql.values | {"rows": WALK_ROWS}).one()
    return _Walk(ids=ids or [], word_matches=word_matches, rows=walked, is_whole=walked < WALK_ROWS)


def _list_words(connection: Connection, sql: PageSql) -> list[str]:
    """Return all words that begin as the half-typed one does; none where there are too many to name."""
    if not sql.is_prefix_plain:
        return []
    lines = [f"select lexeme from gallery_spread where {sql.prefix_words} limit {MAX_WORDS_FOR_PREFIX + 1}"]
    words = list(_ask(connection, lines, values=sql.values).scalars())
    return words if len(words) <= MAX_WORDS_FOR_PREFIX else []


@contextmanager
def _bitmaps_alone(connection: Connection) -> Iterator[None]:
    """Leave the planner nothing but bitmaps: it guesses badly at how common half a word is, and takes
    words for independent that go together or shun each other."""
    connection.exec_driver_sql("set local enable_seqscan = off; set local enable_indexscan = off")
    yield  # a fault ends the transaction, and these settings with it
    connection.exec_driver_sql("set local enable_seqscan = on; set local enable_indexscan = on")


def _count_sampled(connection: Connection, sql: PageSql, *, is_prefix_indexed: bool) -> int:
    """Return how many of the sample match, wherever in the list they are."""
    match = sql.build_index_match(is_prefix_indexed=is_prefix_indexed, lexeme="'#sample'")
    lines = ["select count(*) from gallery_videos", f"where {match}"]
    return int(_ask(connection, lines, values=sql.values).scalar_one())


def _sort_matches(sql: PageSql, *, match: str) -> str:
    """The first of all matches behind the cursor. `offset 0` keeps the planner from a walk, which was found
    too long, and from looking up all rows behind the cursor to intersect them with the matches."""
    matches = f"select id, {sql.column} from gallery_videos where {match} offset 0"
    return f"(select id from ({matches}) as matched where {sql.after} order by {sql.order} limit %(wanted)s)"


def _find_by_index(connection: Connection, sql: PageSql, *, is_prefix_indexed: bool) -> list[str]:
    match = sql.build_index_match(is_prefix_indexed=is_prefix_indexed)
    lines = [f"select id::text from {_sort_matches(sql, match=match)} as found"]
    return list(_ask(connection, lines, values=sql.values).scalars())


def _list_buckets(connection: Connection, sql: PageSql, *, request: PageRequest) -> tuple[list[int], int]:
    """Return the buckets that may hold matches behind the cursor, in the list's order, and how many others
    lie before the first of them."""
    lines = [f"select {sql.cursor_bucket}, {sql.spread}"]
    start, spread = _ask(connection, lines, values=sql.values).one()
    if start is None:
        start = len(spread) - 1 if request.is_descending else 0
    ahead = range(start, -1, -1) if request.is_descending else range(start, len(spread))
    buckets = [number for number in ahead if spread[number] == "1"]
    return buckets, abs(buckets[0] - start) if buckets else 0


def _find_by_buckets(connection: Connection, sql: PageSql, *, buckets: list[int]) -> list[str]:
    """One small question a bucket until the page is full. Buckets are asked in their order and each answers
    in its own, so the rows come sorted. Half a word is checked on rows: GIN would collect it each time."""
    match = sql.build_index_match(is_prefix_indexed=False, lexeme=f"'#{sql.sort_field}/' || bucket")
    lines = [
        "select found.id::text from unnest(%(buckets)s::integer[]) as bucket",
        f"cross join lateral {_sort_matches(sql, match=match)} as found",
        "limit %(wanted)s",
    ]
    return list(_ask(connection, lines, values=sql.values | {"buckets": buckets}).scalars())
