"""Editing one video and showing or hiding many, through the routes."""

import uuid
from typing import Any

import pytest

from gallery_service.testing import build_video

ANNA = "anna"


@pytest.fixture
def anna(as_user: Any) -> Any:
    return as_user(ANNA)


@pytest.fixture
def video(store: Any) -> Any:
    return add(store)


def add(store: Any, **changes: Any) -> Any:
    video = build_video(**{"user_id": ANNA, **changes})
    with store.begin() as videos:
        videos.insert_video(video)
    return video


def test_patch_changes_only_the_given_fields(video: Any, anna: Any, clock: Any) -> None:
    clock.pass_time(minutes=5)
    before = anna("GET", f"/api/gallery/videos/{video.id}").json
    after = anna("PATCH", f"/api/gallery/videos/{video.id}", json={"title": "  A  new\ttitle "}).json
    assert after == before | {"title": "A new title", "updated_at": "2026-11-20T12:05:00.000Z"}


def test_put_replaces_everything_that_can_be_edited(video: Any, anna: Any) -> None:
    after = anna("PUT", f"/api/gallery/videos/{video.id}", json={"title": "New"}).json
    assert (after["title"], after["description"], after["tags"], after["visibility"]) == (
        "New",
        "",
        [],
        "public",
    )


def test_tags_are_stored_once_and_in_lower_case(video: Any, anna: Any) -> None:
    body = {"tags": ["Holiday", "holiday", " Sea  Side "]}
    assert anna("PATCH", f"/api/gallery/videos/{video.id}", json=body).json["tags"] == ["holiday", "sea side"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"titel": "x"}, "titel"),
        ({"status": "ready"}, "status"),
        ({"views": 1_000_000}, "views"),
        ({"title": ""}, "title"),
        ({"title": "   "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": 5}, "title"),
        ({"title": None}, ""),
        ({"title": "a\x00b"}, "title"),
        ({"title": "\ud800"}, ""),
        ({"description": "x" * 5001}, "description"),
        ({"tags": "holiday"}, "tags"),
        ({"tags": ["x" * 51]}, "tags"),
        ({"tags": [""]}, "tags"),
        ({"tags": [str(n) for n in range(31)]}, "tags"),
        ({"visibility": "secret"}, "visibility"),
        ([], ""),
    ],
)
def test_a_bad_field_is_named_and_nothing_changes(
    video: Any, store: Any, anna: Any, body: Any, field: str
) -> None:
    answer = anna("PATCH", f"/api/gallery/videos/{video.id}", json=body)
    assert (answer.status_code, answer.json["code"]) in {(422, "validation_failed"), (400, "invalid_json")}
    assert not field or [fault["field"] for fault in answer.json["errors"]] == [field]
    assert store.find_video(video.id) == video


def test_invalid_json_and_another_content_type_have_different_codes(video: Any, anna: Any) -> None:
    path = f"/api/gallery/videos/{video.id}"
    for body in ("{bad", ""):
        broken = anna("PATCH", path, data=body, content_type="application/json")
        assert (broken.status_code, broken.json["code"]) == (400, "invalid_json")
    form = anna("PATCH", path, data={"title": "x"})
    assert (form.status_code, form.json["code"]) == (415, "unsupported_media_type")


def test_a_video_in_the_trash_cannot_be_edited(video: Any, anna: Any, tell_trash: Any) -> None:
    tell_trash(video.id, is_trashed=True)
    assert anna("PATCH", f"/api/gallery/videos/{video.id}", json={"title": "x"}).status_code == 404


@pytest.mark.parametrize(("method", "path"), [("DELETE", ""), ("POST", "/restore"), ("POST", "/bulk")])
def test_no_public_route_moves_a_video_to_the_trash_or_back(
    video: Any, store: Any, anna: Any, method: str, path: str
) -> None:
    """job-service keeps the intent to delete; a way around it would lose the objects or the video."""
    body = {"ids": [video.id], "action": "delete"}
    answer = anna(method, f"/api/gallery/videos/{video.id}{path}", json=body)
    assert answer.status_code in {404, 405}
    assert anna("POST", "/api/gallery/videos/bulk", json=body).status_code in {404, 405}
    assert store.find_video(video.id) == video


def test_a_bulk_change_returns_the_outcome_of_each_video(store: Any, anna: Any, clock: Any) -> None:
    mine, other, unknown = add(store), add(store, user_id="bert"), str(uuid.uuid4())
    trashed = add(store, deleted_at=clock.now)
    ids = [unknown, mine.id, other.id, "no-id", trashed.id]
    for _ in range(2):
        answer = anna("POST", "/api/gallery/videos/visibility", json={"ids": ids, "visibility": "unlisted"})
        missing = {"ok": False, "code": "video_not_found"}
        assert answer.json == {
            "results": [
                {"id": unknown, **missing},
                {"id": mine.id, "ok": True},
                {"id": other.id, **missing},
                {"id": "no-id", **missing},
                {"id": trashed.id, **missing},
            ]
        }
    assert store.find_video(mine.id).visibility == "unlisted"
    assert [store.find_video(kept.id) for kept in (other, trashed)] == [other, trashed]


@pytest.mark.parametrize(
    "body",
    [
        {"ids": [], "visibility": "public"},
        {"ids": ["x"] * 101, "visibility": "public"},
        {"ids": ["x"], "visibility": "secret"},
        {"ids": ["x"]},
        {"ids": ["x"], "action": "delete", "visibility": "public"},
    ],
)
def test_an_invalid_bulk_change_is_refused(anna: Any, body: Any) -> None:
    answer = anna("POST", "/api/gallery/videos/visibility", json=body)
    assert (answer.status_code, answer.json["code"]) == (422, "validation_failed")


def test_a_refusal_names_the_body_if_no_field_is_wrong(video: Any, anna: Any) -> None:
    answer = anna("PATCH", f"/api/gallery/videos/{video.id}", json=[])
    assert [error["field"] for error in answer.json["errors"]] == ["body"]


def test_a_refusal_lists_only_the_first_faults(video: Any, anna: Any) -> None:
    fields = {f"{number}{'x' * 300}": 0 for number in range(500)}
    errors = anna("PATCH", f"/api/gallery/videos/{video.id}", json=fields).json["errors"]
    assert len(errors) == 50
    assert max(len(error["field"]) for error in errors) == 200
