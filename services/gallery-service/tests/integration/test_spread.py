"""Buckets along the sort keys, and the table gallery_spread, which says where a word occurs."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, text

from gallery_service.adapters.postgres_video_store import PostgresVideoStore
from gallery_service.adapters.tables import BUCKETS
from gallery_service.domain.page import PageRequest, VideoFilter
from gallery_service.domain.text import build_title_key
from gallery_service.search import find_page
from gallery_service.search.page_sql import SORT_COLUMNS, PageSql
from gallery_service.testing import START, build_video

pytestmark = pytest.mark.integration

KEYS: dict[str, list[Any]] = {
    "created_at": [
        datetime(1, 1, 1, tzinfo=UTC),
        *(datetime(2019, 12, 25, tzinfo=UTC) + timedelta(days=days / 2) for days in range(200)),
        datetime(2039, 7, 20, tzinfo=UTC),
        datetime(9999, 1, 1, tzinfo=UTC),
    ],
    "title": sorted(
        map(
            build_title_key,
            [
                "",
                " ",
                "!",
                "0",
                "9z",
                "A",
                "aba",
                "The end",
                "zz",
                "Ωmega",
                "я",
                "日本",
                "한국",
                "\U0010ffff",
            ],
        )
    ),
    "duration": [0.0, 0.999, 1.0, 1.01, 59.999, 60.0, 3600.0, 36_000.0, 10.0**9],
    "views": [*range(20), 100, 10**6, 10**8, 2**62],
}


@pytest.fixture
def store(database: Any) -> PostgresVideoStore:
    return PostgresVideoStore(database)


def add(store: Any, *added: Any) -> None:
    with store.begin() as videos:
        for video in added:
            assert videos.insert_video(video)


def list_buckets(connection: Connection, search: str, **more: Any) -> list[int]:
    request = PageRequest(filter=VideoFilter(search=search), **more)
    buckets, _ = find_page._list_buckets(connection, PageSql(request), request=request)
    return buckets


def read_spread(connection: Connection) -> dict[str, tuple[str, ...]]:
    rows = connection.execute(text("select lexeme, created_at, title, duration, views from gallery_spread"))
    return {row[0]: tuple(row[1:]) for row in rows}


@pytest.mark.parametrize("sort", SORT_COLUMNS)
def test_buckets_are_numbered_in_the_order_of_the_keys(engine: Any, sort: str) -> None:
    ids = ["00000000-0000-4000-8000-000000000000", "8a000000-0000-4000-8000-000000000000"]
    query = text(f"select gallery_bucket_{sort}(:key, cast(:id as uuid))")
    with engine.connect() as connection:
        found = [
            connection.execute(query, {"key": key, "id": id_}).scalar_one()
            for key in KEYS[sort]
            for id_ in ids
        ]
    assert found == sorted(found)
    assert found[0] >= 0
    assert found[-1] < BUCKETS[sort]  # type: ignore[index]
    assert len(set(found)) >= 5


@pytest.mark.parametrize("sort", SORT_COLUMNS)
def test_a_bucket_starts_where_the_one_before_ends(database: Any, engine: Any, sort: str) -> None:
    own, start = f"gallery_bucket_{sort}(key, id)", f"gallery_bucket_start_{sort}"
    query = text(
        f"select {start}({own}) <= key, {own}, {start}({own} + 1) >= key "
        f"from (select {SORT_COLUMNS[sort]} as key, id from gallery_videos) as videos"  # type: ignore[index]
    )
    columns = {"created_at": "created_at", "title": "title", "duration": "duration_seconds", "views": "views"}
    store = PostgresVideoStore(database)
    add(
        store,
        *(
            build_video(**{columns[sort]: key or "?"} if sort == "title" else {columns[sort]: key})
            for key in KEYS[sort]
        ),
    )
    with engine.connect() as connection:
        for is_above_start, bucket, is_below_next in connection.execute(query):
            assert is_above_start or bucket == 0
            assert is_below_next or bucket == BUCKETS[sort] - 1 or is_below_next is None  # type: ignore[index]


def test_only_buckets_in_which_every_word_occurs_are_queried(store: Any, engine: Any) -> None:
    add(
        store,
        build_video(title="brief comedy", duration_seconds=20),
        build_video(title="long comedy", duration_seconds=5_000),
        build_video(title="long drama", duration_seconds=9_000),
    )
    with engine.connect() as connection:
        brief, long = list_buckets(connection, "comedy ", sort="duration")
        assert list_buckets(connection, "comedy ", sort="-duration") == [long, brief]
        assert list_buckets(connection, "comedy long ", sort="duration") == [long]
        assert list_buckets(connection, "comedy lo", sort="duration") == [long]
        assert list_buckets(connection, "brief drama ", sort="duration") == []
        for signs in ("comedy -long ", "brief or drama ", '"long comedy" '):
            assert len(list_buckets(connection, signs, sort="duration")) == BUCKETS["duration"]


def test_a_changed_video_is_recorded_like_a_new_one(store: Any, engine: Any) -> None:
    video = build_video(title="before", duration_seconds=20)
    add(store, video)
    with store.begin() as videos:
        videos.save_video(video.replace(title="after", duration_seconds=5_000))
    for _ in range(3):
        store.add_view(video.id)
    with engine.connect() as connection:
        assert len(list_buckets(connection, "after ", sort="duration")) == 1
        assert len(list_buckets(connection, "before ", sort="duration")) == 1
        assert len(list_buckets(connection, "after ", sort="views")) == 4


def test_a_rebuilt_spread_is_the_same(store: Any, engine: Any) -> None:
    chance = random.Random(7)
    add(
        store,
        *(
            build_video(
                title=chance.choice(["apple", "Äpfel", "zebra"]),
                views=chance.randrange(10_000),
                duration_seconds=chance.uniform(0, 9_000),
                created_at=START - timedelta(days=chance.randrange(2_000)),
            )
            for _ in range(30)
        ),
    )
    with engine.begin() as connection:
        noted = read_spread(connection)
        connection.execute(text("select gallery_rebuild_spread()"))
        assert read_spread(connection) == noted


def test_transactions_with_new_words_do_not_deadlock(store: Any) -> None:
    """Each transaction has the same words in another order: without one lock for all, a deadlock."""
    words = [f"word{number}" for number in range(40)]

    def bring(seed: int) -> None:
        chance = random.Random(seed)
        add(store, *(build_video(title=word) for word in chance.sample(words, len(words))))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(bring, range(8)))
    assert len(store.list_videos(PageRequest(filter=VideoFilter(search="word7 "), limit=100)).items) == 8
