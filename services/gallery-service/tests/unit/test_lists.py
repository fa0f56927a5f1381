"""Pages: their cursors, their limits, and when a cached page is dropped."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest

from gallery_service.testing import START, build_video

ANNA = "anna"


def add(store: Any, count: int = 1, **changes: Any) -> list[Any]:
    added = [
        build_video(**{"user_id": ANNA, "created_at": START + timedelta(seconds=number), **changes})
        for number in range(count)
    ]
    with store.begin() as videos:
        for video in added:
            videos.insert_video(video)
    return added


def read_all(caller: Any, path: str, *, limit: int = 3, **query: str) -> list[str]:
    ids: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        given = {"limit": limit, **query} | ({"cursor": cursor} if cursor else {})
        page = caller("GET", path, query_string=given)
        ids += [item["id"] for item in page.json["items"]]
        cursor = page.json["next_cursor"]
    return ids


def test_pages_joined_are_the_whole_list_newest_first(store: Any, anonymous: Any) -> None:
    added = add(store, 7)
    assert read_all(anonymous, "/api/gallery/videos") == [video.id for video in reversed(added)]


@pytest.mark.parametrize(
    "sort", ["created_at", "-title", "title", "duration", "-duration", "views", "-views"]
)
def test_equal_keys_neither_repeat_nor_lose_a_video(store: Any, anonymous: Any, sort: str) -> None:
    added = add(store, 7, created_at=START)
    listed = read_all(anonymous, "/api/gallery/videos", sort=sort)
    assert sorted(listed) == sorted(video.id for video in added)


def test_a_page_has_20_videos_by_default(store: Any, anonymous: Any) -> None:
    add(store, 25)
    assert len(anonymous("GET", "/api/gallery/videos").json["items"]) == 20


def test_an_exactly_full_last_page_has_no_cursor(store: Any, anonymous: Any) -> None:
    add(store, 3)
    assert anonymous("GET", "/api/gallery/videos?limit=3").json["next_cursor"] is None


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=1000000", "limit"),
        ("limit=many", "limit"),
        ("sort=colour", "sort"),
        ("page=2", "page"),
        ("status=ready", "status"),
        ("tag=", "tag"),
        ("q=" + "x" * 201, "q"),
        ("q=a%00b", "q"),
        ("limit=5&limit=6", "limit"),
    ],
)
def test_a_bad_parameter_is_named(anonymous: Any, query: str, field: str) -> None:
    answer = anonymous("GET", f"/api/gallery/videos?{query}")
    assert (answer.status_code, answer.json["code"]) == (422, "validation_failed")
    assert [fault["field"] for fault in answer.json["errors"]] == [field]


def edit_cursor(cursor: str, **changes: Any) -> str:
    parts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    for place, value in changes.items():
        parts[int(place[1:])] = value
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def test_an_edited_or_foreign_cursor_is_refused(store: Any, anonymous: Any, as_user: Any) -> None:
    add(store, 3)
    cursor = anonymous("GET", "/api/gallery/videos?limit=1").json["next_cursor"]
    edited = [
        edit_cursor(cursor, _0="title"),
        edit_cursor(cursor, _1="2020-01-01T00:00:00+00:00"),
        edit_cursor(cursor, _2="00000000-0000-4000-8000-000000000000"),
        edit_cursor(cursor, _2=None),
        edit_cursor(cursor, _1={"a": 1}),
        cursor[:-3],
        "!!!",
        base64.urlsafe_b64encode(b"[" * 1500).decode(),
        "W10",
        "é",
    ]
    for bad in edited:
        answer = anonymous("GET", "/api/gallery/videos", query_string={"cursor": bad})
        assert (answer.status_code, answer.json["code"]) == (422, "invalid_cursor"), bad
    for path, query in (("videos", {"sort": "title"}), ("videos", {"q": "bunny"}), ("my-videos", {})):
        answer = as_user(ANNA)("GET", f"/api/gallery/{path}", query_string={"cursor": cursor, **query})
        assert answer.json["code"] == "invalid_cursor"


def test_filters_narrow_a_users_own_list(store: Any, as_user: Any) -> None:
    [failed] = add(store, status="failed")
    [private] = add(store, visibility="private", tags=("sea side",))
    add(store, 2, title="Cosmos", description="")
    anna = as_user(ANNA)

    def find(query: str) -> list[str]:
        return [item["id"] for item in anna("GET", f"/api/gallery/my-videos?{query}").json["items"]]

    assert find("status=failed") == [failed.id]
    assert find("visibility=private") == [private.id]
    assert find("tag=Sea%20Side") == [private.id]
    assert set(find("q=bunny")) == {failed.id, private.id}
    assert find("q=bunny&status=failed") == [failed.id]


def test_every_change_of_a_video_drops_its_cached_pages(
    store: Any, anonymous: Any, as_user: Any, tell_trash: Any
) -> None:
    [video] = add(store)
    anna, path = as_user(ANNA), f"/api/gallery/videos/{video.id}"

    def read() -> tuple[int, str]:
        items = anonymous("GET", "/api/gallery/videos").json["items"]
        return len(items), items[0]["title"] if items else ""

    assert [read(), read()] == [(1, "Big Buck Bunny")] * 2
    assert store.pages_read == 1
    anna("PATCH", path, json={"title": "New"})
    assert read() == (1, "New")
    tell_trash(video.id, is_trashed=True)
    assert read() == (0, "")
    tell_trash(video.id, is_trashed=False, minutes=1)
    assert read() == (1, "New")
    anna("POST", "/api/gallery/videos/visibility", json={"ids": [video.id], "visibility": "private"})
    assert read() == (0, "")


def test_a_view_is_counted_without_dropping_pages(store: Any, anonymous: Any) -> None:
    [video] = add(store)
    anonymous("GET", "/api/gallery/videos")
    assert anonymous("POST", f"/internal/videos/{video.id}/views").status_code == 204
    assert anonymous("GET", f"/api/gallery/videos/{video.id}").json["views"] == 1
    anonymous("GET", "/api/gallery/videos")
    assert store.pages_read == 1
