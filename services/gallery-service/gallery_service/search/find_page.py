"""Find the ids of a page: keyset queries that cost the same for the first page and the last.

A list without search or filter reads one B-tree from the cursor on and stops when the page is full.
With a search or filter there are three ways, tried in this order, each for what the one before is
slow at:

walk     A few hundred rows of the same B-tree, keeping those that match. A word that a third of all videos
         have fills a page within some 60 rows, where sorting its 300,000 matches would take half a second.
         For a single word or tag it starts with fewer rows, and stops there if hardly any match.
index    All matches from the GIN index, sorted: for rare words, which a walk would not meet.
buckets  The GIN index, a few buckets at a time along the sort key, until the page is full; buckets in which
         a word does not occur are known and skipped. For everything between, and for words that are common
         but not where the page is: in short videos only, while the longest come first. There the first
         bucket may be full of matches, so it is walked before the index is asked.

docs/gallery-queries.md has plans and figures.
"""

# ruff: noqa: S608 - the text is joined from fixed parts of page_sql.py; every value is a parameter

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection

from gallery_service.domain.page import PageRequest
from gallery_service.search.page_sql import PageSql

#: Half a millisecond; enough to fill a page for a word that one video in twenty has.
WALK_ROWS: Final = 500
#: Enough to see that a word is rarer than that, before the rest of the walk is wasted.
FIRST_WALK_ROWS: Final = 200
#: A word that is missing from so many buckets is not just rare: it may be common where it starts.
MIN_LEAP: Final = 8
#: All of m matches cost m rows, a page of n of them by buckets about n/m of the list: equal at m =
#: √n · 256, where √n matches are in the sample, which has one video in 256: 1,100 for a page of 20
#: (2 ms).
SAMPLED_SQUARE_PER_VIDEO: Final = 1
#: With several words, tags or owners, each query for buckets reads through the rarest of them,
#: which may have many times the rows that match: equal at √5 times as many matches.
INTERSECTION_FACTOR: Final = 5
#: So many mean that a word is common: counting more would read a row each, and a query for more
#: than one bucket may find thousands of matches too many.
MAX_SAMPLED: Final = 256
#: GIN compares each candidate row with every word and bucket: 25 at once took as long as 25 one by one.
MAX_BUCKETS_AT_ONCE: Final = 8
#: A prefix of so few words is searched as these words.
MAX_WORDS_FOR_PREFIX: Final = 16
#: Below this share of walked rows the full words are rare enough to be searched without the prefix.
MAX_WALKED_FOR_WORDS: Final = 0.02


def find_page_ids(connection: Connection, request: PageRequest) -> list[str]:
    """Return the ids of the page in order, and one more if another page follows."""
    sql = PageSql(request)
    if not sql.has_conditions:
        return _find_all(connection, sql)
    walk = _walk(connection, sql, rows=WALK_ROWS if sql.is_intersection else FIRST_WALK_ROWS)
    if not walk.is_page(request.limit):
        sql.spell_out_prefix(_list_words(connection, sql))
        if walk.rows < WALK_ROWS and (sql.is_prefix_open or walk.is_promising(request.limit)):
            walk = _walk(connection, sql, rows=WALK_ROWS)
    if walk.is_page(request.limit):
        return walk.ids[: request.limit + 1]
    return _find_by_gin(connection, sql, request=request, is_prefix_indexed=walk.is_prefix_indexed)


def _find_by_gin(
    connection: Connection, sql: PageSql, *, request: PageRequest, is_prefix_indexed: bool
) -> list[str]:
    with _bitmaps_alone(connection):
        sampled = _count_sampled(connection, sql, is_prefix_indexed=is_prefix_indexed)
        square_per_video = SAMPLED_SQUARE_PER_VIDEO * (INTERSECTION_FACTOR if sql.is_intersection else 1)
        if sampled**2 <= square_per_video * request.limit:
            return _find_by_index(connection, sql, is_prefix_indexed=is_prefix_indexed)
        buckets, distance = _list_buckets(connection, sql, request=request)
        largest = min(MAX_SAMPLED // max(1, sampled), MAX_BUCKETS_AT_ONCE)
        batches = build_batches(buckets, largest=largest)
        if distance < MIN_LEAP:
            return _find_by_buckets(connection, sql, batches=batches)
    sql.leap_to(buckets[0])
    walk = _walk(connection, sql, rows=FIRST_WALK_ROWS)
    if walk.is_promising(request.limit) and not walk.is_page(request.limit):
        walk = _walk(connection, sql, rows=WALK_ROWS)
    if walk.is_page(request.limit):
        return walk.ids[: request.limit + 1]
    with _bitmaps_alone(connection):
        return _find_by_buckets(connection, sql, batches=batches)


def build_batches(buckets: Sequence[int], *, largest: int) -> list[Sequence[int]]:
    """Return the buckets in their order, split into one batch per query: two thirds as many as all
    batches before it, which have not filled the page (1, 1, 1, 2, 3, 5 …), and `largest` at most.

    A query costs 0.1 ms before it finds anything, and 2 µs for each match too many.
    """
    batches: list[Sequence[int]] = []
    asked = 0
    while asked < len(buckets):
        size = max(1, min(asked * 2 // 3, largest))
        batches.append(buckets[asked : asked + size])
        asked += size
    return batches


@dataclass(frozen=True, kw_only=True)
class _Walk:
    """What the first rows of the list showed."""

    ids: list[str]
    word_matches: int
    rows: int
    is_whole: bool

    def is_page(self, limit: int) -> bool:
        """Whether this is the whole page: it is full, or the list has ended."""
        return len(self.ids) > limit or self.is_whole

    def is_promising(self, limit: int) -> bool:
        """Whether the full walk may fill the page: a quarter of the matches that this takes were
        found. For a page of twenty, a word that is just common enough misses this by chance once in
        300 times."""
        return 4 * len(self.ids) * WALK_ROWS > limit * self.rows

    @property
    def is_prefix_indexed(self) -> bool:
        """A prefix may stand for thousands of words, whose rows the GIN index collects before it
        intersects (60 ms for two letters). Rare full words are better searched without it."""
        return self.word_matches > MAX_WALKED_FOR_WORDS * self.rows


def _ask(connection: Connection, lines: list[str], *, values: dict[str, Any]) -> Any:
    return connection.exec_driver_sql("\n".join(lines), values)


def _find_all(connection: Connection, sql: PageSql) -> list[str]:
    lines = [
        # under a name other than id, or the rows would be ordered by the text, which has no index
        "select id::text as found from gallery_videos",
        f"where {sql.scope} and {sql.after} order by {sql.order} limit %(wanted)s",
    ]
    return list(_ask(connection, lines, values=sql.values).scalars())


def _walk(connection: Connection, sql: PageSql, *, rows: int) -> _Walk:
    lines = [
        f"select array_agg(id::text order by {sql.order}) filter (where {sql.row_matches}),",
        f"    count(*) filter (where {sql.words_match}), count(*)",
        f"from (select * from gallery_videos where {sql.scope} and {sql.after}",
        f"    order by {sql.order} limit %(rows)s) as walked",
    ]
    ids, word_matches, walked = _ask(connection, lines, values=sql.values | {"rows": rows}).one()
    return _Walk(ids=ids or [], word_matches=word_matches, rows=walked, is_whole=walked < rows)


def _list_words(connection: Connection, sql: PageSql) -> list[str]:
    """Return all words with the prefix; none if there are too many."""
    if not sql.is_prefix_plain:
        return []
    lines = [f"select lexeme from gallery_spread where {sql.prefix_words} limit {MAX_WORDS_FOR_PREFIX + 1}"]
    words = list(_ask(connection, lines, values=sql.values).scalars())
    return words if len(words) <= MAX_WORDS_FOR_PREFIX else []


@contextmanager
def _bitmaps_alone(connection: Connection) -> Iterator[None]:
    """Leave the planner nothing but bitmap scans: it estimates badly how common a prefix is, and
    treats words as independent that often or never occur together."""
    connection.exec_driver_sql("set local enable_seqscan = off; set local enable_indexscan = off")
    yield  # an error ends the transaction, and these settings with it
    connection.exec_driver_sql("set local enable_seqscan = on; set local enable_indexscan = on")


def _count_sampled(connection: Connection, sql: PageSql, *, is_prefix_indexed: bool) -> int:
    """Return how many videos of the sample match, anywhere in the list."""
    match = sql.build_index_match(
        is_prefix_indexed=is_prefix_indexed, also="quote_literal('#sample')::tsquery"
    )
    matches = f"select from gallery_videos where {match} limit {MAX_SAMPLED}"
    lines = [f"select count(*) from ({matches}) as sampled"]
    return int(_ask(connection, lines, values=sql.values).scalar_one())


def _sort_matches(sql: PageSql, *, match: str) -> str:
    """The first of all matches after the cursor. `offset 0` keeps the planner from a walk, which
    was found to be too long, and from looking up all rows after the cursor to intersect them with
    the matches."""
    matches = f"select id, {sql.column} from gallery_videos where {match} offset 0"
    return f"(select id from ({matches}) as matched where {sql.after} order by {sql.order} limit %(wanted)s)"


def _find_by_index(connection: Connection, sql: PageSql, *, is_prefix_indexed: bool) -> list[str]:
    match = sql.build_index_match(is_prefix_indexed=is_prefix_indexed)
    lines = [f"select id::text from {_sort_matches(sql, match=match)} as found"]
    return list(_ask(connection, lines, values=sql.values).scalars())


def _list_buckets(connection: Connection, sql: PageSql, *, request: PageRequest) -> tuple[list[int], int]:
    """Return the buckets that may have matches after the cursor, in the list's order, and how many
    other buckets come before the first of them."""
    lines = [f"select {sql.cursor_bucket}, {sql.spread}, {sql.prefix_spread}"]
    start, spread, prefix_spread = _ask(connection, lines, values=sql.values).one()
    sql.note_prefix_spread(dict(prefix_spread))
    if start is None:
        start = len(spread) - 1 if request.is_descending else 0
    ahead = range(start, -1, -1) if request.is_descending else range(start, len(spread))
    buckets = [number for number in ahead if spread[number] == "1"]
    return buckets, abs(buckets[0] - start) if buckets else 0


def _find_by_buckets(connection: Connection, sql: PageSql, *, batches: Sequence[Sequence[int]]) -> list[str]:
    """One query per batch until the page is full. Batches come in the list's order, and so do the
    rows of each, so the result is sorted. A prefix of too many words is checked on the rows: GIN
    would collect its rows for each batch."""
    lines = [
        "select found.id::text from unnest(%(batches)s::text[]) as batch",
        f"cross join lateral {_sort_matches(sql, match=sql.batch_match)} as found",
        "limit %(wanted)s",
    ]
    values = sql.values | {"batches": [sql.build_batch(batch) for batch in batches]}
    return list(_ask(connection, lines, values=values).scalars())
