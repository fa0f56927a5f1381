"""Who may see and change what, through the routes."""

import uuid
from dataclasses import replace
from typing import Any

import pytest

from gallery_service.app import build_app
from gallery_service.testing import START, build_video

ANNA, BERT = "anna", "bert"


def add(store: Any, **changes: Any) -> Any:
    video = build_video(**{"user_id": ANNA, **changes})
    with store.begin() as videos:
        videos.insert_video(video)
    return video


def test_a_call_without_the_service_token_is_refused(app: Any) -> None:
    for path in ("/api/gallery/videos", "/internal/videos", "/nothing/here"):
        answer = app.test_client().get(path)
        assert (answer.status_code, answer.json["code"]) == (403, "service_token_refused")
        assert answer.content_type == "application/problem+json"


def test_a_wrong_service_token_is_refused(app: Any) -> None:
    answer = app.test_client().get("/api/gallery/videos", headers={"X-VideoForge-Service-Token": "x" * 40})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("visibility", "seen_by_id", "listed"),
    [("public", True, True), ("unlisted", True, False), ("private", False, False)],
)
def test_visibility_decides_what_strangers_see(
    store: Any, anonymous: Any, as_user: Any, visibility: str, seen_by_id: bool, listed: bool
) -> None:
    video = add(store, visibility=visibility)
    for caller in (anonymous, as_user(BERT)):
        assert caller("GET", f"/api/gallery/videos/{video.id}").status_code == (200 if seen_by_id else 404)
        assert bool(caller("GET", "/api/gallery/videos").json["items"]) is listed


def test_owner_and_admin_read_a_private_video_by_id(store: Any, as_user: Any, admin: Any) -> None:
    video = add(store, visibility="private")
    for caller in (as_user(ANNA), admin):
        assert caller("GET", f"/api/gallery/videos/{video.id}").json["id"] == video.id


def test_a_public_video_is_listed_only_once_it_can_be_played(store: Any, anonymous: Any) -> None:
    video = add(store, status="processing")
    assert anonymous("GET", "/api/gallery/videos").json["items"] == []
    assert anonymous("GET", f"/api/gallery/videos/{video.id}").json["status"] == "processing"


def test_a_foreign_id_answers_word_for_word_as_an_unknown_one(store: Any, as_user: Any) -> None:
    video = add(store, visibility="private")
    bert = as_user(BERT)
    for method, body in (("GET", None), ("PATCH", {"title": "Mine"}), ("PUT", {"title": "Mine"})):
        answers = [
            bert(method, f"/api/gallery/videos/{id_}", json=body)
            for id_ in (video.id, str(uuid.uuid4()), "no-id-at-all")
        ]
        for answer in answers:
            assert answer.status_code == 404
            answer.json.pop("request_id")
        bodies = [{**answer.json, "request_id": ""} for answer in answers]
        assert bodies[0] == bodies[1] == bodies[2]
    assert store.find_video(video.id) == video


def test_only_the_owner_and_an_admin_can_change_a_public_video(store: Any, as_user: Any, admin: Any) -> None:
    video = add(store)
    path = f"/api/gallery/videos/{video.id}"
    assert as_user(BERT)("PATCH", path, json={"title": "Mine"}).status_code == 404
    assert admin("PATCH", path, json={"visibility": "private"}).json["visibility"] == "private"


def test_only_the_owner_sees_the_source_key(store: Any, anonymous: Any, as_user: Any, admin: Any) -> None:
    video = add(store)
    path = f"/api/gallery/videos/{video.id}"
    assert as_user(ANNA)("GET", path).json["s3_key"] == video.s3_key
    for caller in (anonymous, as_user(BERT), admin):
        assert "s3_key" not in caller("GET", path).json
        assert "s3_key" not in caller("GET", "/api/gallery/videos").json["items"][0]
        assert caller("GET", path).json["thumbnail_key"] == video.thumbnail_key


def test_a_cached_page_shows_each_viewer_only_what_is_theirs(
    store: Any, anonymous: Any, as_user: Any
) -> None:
    video = add(store)
    assert as_user(ANNA)("GET", "/api/gallery/videos").json["items"][0]["s3_key"] == video.s3_key
    assert "s3_key" not in anonymous("GET", "/api/gallery/videos").json["items"][0]
    assert store.pages_read == 1


def test_my_videos_shows_all_of_mine_and_none_of_others(store: Any, as_user: Any) -> None:
    mine = add(store, visibility="private", status="failed")
    add(store, user_id=BERT)
    assert [item["id"] for item in as_user(ANNA)("GET", "/api/gallery/my-videos").json["items"]] == [mine.id]


def test_a_deleted_video_is_gone_for_everyone_but_in_its_owners_trash(
    store: Any, anonymous: Any, as_user: Any, admin: Any
) -> None:
    video = add(store, deleted_at=START)
    for caller in (anonymous, as_user(ANNA), admin):
        assert caller("GET", f"/api/gallery/videos/{video.id}").status_code == 404
        assert caller("GET", "/api/gallery/videos").json["items"] == []
    anna = as_user(ANNA)
    assert anna("GET", "/api/gallery/my-videos").json["items"] == []
    trash = anna("GET", "/api/gallery/my-videos?deleted=true").json["items"]
    assert [(item["id"], item["deleted_at"]) for item in trash] == [(video.id, "2026-11-20T12:00:00.000Z")]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/gallery/my-videos"),
        ("PATCH", "/api/gallery/videos/x"),
        ("PUT", "/api/gallery/videos/x"),
        ("POST", "/api/gallery/videos/visibility"),
        ("POST", "/internal/videos"),
    ],
)
def test_routes_for_own_videos_need_a_signed_in_user(anonymous: Any, method: str, path: str) -> None:
    answer = anonymous(method, path, json={})
    assert (answer.status_code, answer.json["code"]) == (401, "sign_in_needed")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("authorization", ["Bearer nonsense", "Basic dXNlcjpwdw==", "Bearer", ""])
def test_a_bad_token_is_refused_even_where_none_is_needed(anonymous: Any, authorization: str) -> None:
    answer = anonymous("GET", "/api/gallery/videos", headers={"Authorization": authorization})
    assert (answer.status_code, answer.json["code"]) == (401, "sign_in_needed")


def test_without_the_key_set_the_answer_is_503(as_user: Any, verifier: Any) -> None:
    verifier.is_down = True
    answer = as_user(ANNA)("GET", "/api/gallery/videos")
    assert (answer.status_code, answer.json["code"]) == (503, "identity_unavailable")


def test_anonymous_viewing_can_be_turned_off(services: Any, store: Any) -> None:
    video = add(store)
    client = build_app(replace(services, anonymous_viewing=False)).test_client()
    headers = {"X-VideoForge-Service-Token": "s" * 40}
    for path in ("/api/gallery/videos", f"/api/gallery/videos/{video.id}"):
        assert client.get(path, headers=headers).status_code == 401
        assert client.get(path, headers=headers | {"Authorization": "Bearer user:bert"}).status_code == 200
