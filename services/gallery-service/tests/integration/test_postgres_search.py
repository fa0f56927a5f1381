"""What PostgreSQL's search adds, and that all ways to a page find the same."""

import random
from datetime import timedelta
from typing import Any

import pytest

from gallery_service.adapters.postgres_video_store import PostgresVideoStore
from gallery_service.domain.page import PageRequest, VideoFilter
from gallery_service.search import find_page
from gallery_service.search.page_sql import PageSql
from gallery_service.testing import START, build_video

pytestmark = pytest.mark.integration


@pytest.fixture
def store(database: Any) -> PostgresVideoStore:
    return PostgresVideoStore(database)


def add(store: Any, *added: Any) -> None:
    with store.begin() as videos:
        for video in added:
            assert videos.insert_video(video)


def find(store: Any, search: str, **wanted: Any) -> list[str]:
    page = store.list_videos(PageRequest(filter=VideoFilter(search=search, **wanted), sort="title"))
    return [video.title for video in page.items]


def test_quotes_or_and_minus_work_as_in_web_searches(store: Any) -> None:
    titles = ["big buck bunny", "buck big", "sintel"]
    add(store, *(build_video(title=title, tags=(), description="") for title in titles))
    assert find(store, '"big buck"') == ["big buck bunny"]
    assert find(store, "bunny or sintel") == ["big buck bunny", "sintel"]
    assert find(store, "big -bunny") == ["buck big"]
    assert find(store, "-bunny") == ["buck big", "sintel"]


def test_a_word_that_folds_to_or_is_no_operator(store: Any) -> None:
    titles = ["bunny", "sintel", "bunny ör sintel"]
    add(store, *(build_video(title=title, tags=(), description="") for title in titles))
    assert find(store, "bunny ör sintel") == ["bunny ör sintel"]
    assert find(store, '"bunny ör sintel"') == ["bunny ör sintel"]
    assert find(store, "bunny or sintel") == ["bunny", "bunny ör sintel", "sintel"]


@pytest.mark.parametrize(
    "search",
    [
        "'",
        "\u00b4",
        "\u337f" * 200,
        "\ufdfa" * 200,
        "a:* & b",
        "\\",
        "<->",
        "!!!",
        "'; drop table gallery_videos",
        "foo'bar",
        "a&|!()b",
        "%",
    ],
)
def test_no_text_breaks_the_search(store: Any, search: str) -> None:
    add(store, build_video())
    assert find(store, search) == []


def test_a_search_for_punctuation_alone_matches_nothing(store: Any) -> None:
    add(store, build_video(title="bunny"))
    assert find(store, "#owner/anna") == []
    assert find(store, "#trash") == []


def test_a_change_of_a_video_is_searchable_at_once(store: Any) -> None:
    video = build_video(title="before")
    add(store, video)
    with store.begin() as videos:
        videos.save_video(build_video(**vars(video) | {"title": "after"}))
    assert (find(store, "before "), find(store, "after ")) == ([], ["after"])


_SHORT_WALK = {"FIRST_WALK_ROWS": 1, "WALK_ROWS": 2, "MIN_LEAP": 1}
#: Settings that force every page of a small list to one way.
_HALF_WORDS = {"MAX_WORDS_FOR_PREFIX": 0}
WAYS = {
    "walk": {},
    "walk, in two": {"FIRST_WALK_ROWS": 10},
    "index": _SHORT_WALK | {"SAMPLED_SQUARE_PER_VIDEO": 10**6},
    "index, prefix checked": _SHORT_WALK
    | _HALF_WORDS
    | {"SAMPLED_SQUARE_PER_VIDEO": 10**6, "MAX_WALKED_FOR_WORDS": 2},
    "index, prefix indexed": _SHORT_WALK
    | _HALF_WORDS
    | {"SAMPLED_SQUARE_PER_VIDEO": 10**6, "MAX_WALKED_FOR_WORDS": -1},
    "buckets": _SHORT_WALK | {"SAMPLED_SQUARE_PER_VIDEO": -1},
    "buckets, one at a time": _SHORT_WALK | {"SAMPLED_SQUARE_PER_VIDEO": -1, "MAX_SAMPLED": 0},
    "buckets, prefix checked": _SHORT_WALK | _HALF_WORDS | {"SAMPLED_SQUARE_PER_VIDEO": -1},
}


@pytest.mark.parametrize("sort", ["-created_at", "created_at", "title", "-duration", "views"])
@pytest.mark.parametrize("owner_id", [None, "anna"])
def test_every_way_finds_the_same_pages(
    store: Any, monkeypatch: pytest.MonkeyPatch, sort: str, owner_id: str | None
) -> None:
    chance = random.Random(7)
    add(
        store,
        *(
            build_video(
                user_id="anna",
                title=" ".join(chance.sample(["sea", "seal", "sun", "sand"], 2)),
                tags=tuple(chance.sample(["red", "blue"], chance.randrange(3))),
                description="",
                status=chance.choice(["ready", "failed"]),
                duration_seconds=float(chance.randrange(5)),
                views=chance.randrange(5),
                created_at=START + timedelta(days=chance.randrange(400)),
            )
            for _ in range(150)
        ),
    )
    filters = [
        VideoFilter(owner_id=owner_id, search="sea sun "),
        VideoFilter(owner_id=owner_id, search="sun se"),
        VideoFilter(owner_id=owner_id, tag="red"),
        VideoFilter(owner_id=owner_id, tag="red", search="sand"),
        VideoFilter(owner_id=owner_id, search="nothing "),
    ]
    for wanted in filters:
        pages = []
        for way in WAYS.values():
            for name, value in way.items():
                monkeypatch.setattr(find_page, name, value)
            pages.append(_read_all(store, wanted=wanted, sort=sort))
            monkeypatch.undo()
        assert all(page == pages[0] for page in pages), wanted


def _read_all(store: Any, *, wanted: VideoFilter, sort: Any) -> list[str]:
    request = PageRequest(filter=wanted, sort=sort, limit=7)
    ids: list[str] = []
    cursor = None
    while True:
        page = store.list_videos(request.go_on(cursor) if cursor else request)
        ids += [video.id for video in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return ids


def test_a_few_rows_show_that_the_rest_of_a_walk_would_be_wasted(
    store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four of ten rows may fill a page of 60 within a hundred, one may not; several words rarely do."""
    walked: list[int] = []

    def walk(*args: Any, rows: int) -> Any:
        walked.append(rows)
        return true_walk(*args, rows=rows)

    true_walk = find_page._walk
    monkeypatch.setattr(find_page, "_walk", walk)
    monkeypatch.setattr(find_page, "FIRST_WALK_ROWS", 10)
    monkeypatch.setattr(find_page, "WALK_ROWS", 100)
    words = ["rare", *["often"] * 4, *["other"] * 35]
    add(store, *(build_video(title=word, views=views) for views, word in enumerate(words)))
    for search, expected in (("often ", [10, 100]), ("rare ", [10]), ("often title ", [100])):
        walked.clear()
        store.list_videos(PageRequest(filter=VideoFilter(search=search), sort="views", limit=60))
        assert walked == expected


@pytest.mark.parametrize("sort", ["duration", "-duration"])
def test_a_prefix_is_searched_as_the_words_that_occur_in_the_buckets(
    store: Any, engine: Any, monkeypatch: pytest.MonkeyPatch, sort: Any
) -> None:
    """Of three words one occurs in the first buckets, two in the next, and one only from the last on."""
    titles = ["sea", "sea", "seal", "sea", "seal", "season", "season", "sun"]
    durations = [10, 30, 30, 60, 120, 240, 480, 960]
    added = [
        build_video(title=title, tags=(), description="", duration_seconds=float(duration))
        for title, duration in zip(titles, durations, strict=True)
    ]
    add(store, *added)
    request = PageRequest(filter=VideoFilter(search="sea"), sort=sort)
    with engine.connect() as connection:
        sql = PageSql(request)
        sql.spell_out_prefix(find_page._list_words(connection, sql))
        buckets, _ = find_page._list_buckets(connection, sql, request=request)
    ten, thirty, sixty, two_minutes, four, eight = buckets if sort == "duration" else reversed(buckets)
    for asked, words in (
        ([ten], {"sea"}),
        ([thirty], {"sea", "seal"}),
        ([sixty, two_minutes], {"sea", "seal"}),
        ([four, eight], {"season"}),
    ):
        batch = sql.build_batch(asked)
        assert {word for word in ("sea", "seal", "season") if f"'{word}'" in batch} == words
        assert batch.count("#duration/") == len(asked)
    for name, value in WAYS["buckets"].items():
        monkeypatch.setattr(find_page, name, value)
    expected = [video.id for video in added[:-1]]
    found = [video.duration_seconds for video in store.list_videos(request).items]
    assert found == sorted(found, reverse=sort == "-duration")
    assert {video.id for video in store.list_videos(request).items} == set(expected)
