"""The calls of job-service: create, publish, status, trash, purge."""

import uuid
from typing import Any

import pytest

from gallery_service.testing import build_rendition, build_video
from videoforge.gallery import GalleryPublication, GalleryRendition, GalleryVideo, GalleryVideoDraft

ANNA = "anna"


def build_draft(**changes: Any) -> dict[str, Any]:
    video_id = str(uuid.uuid4())
    values = {
        "id": video_id,
        "title": "Bunny",
        "original_filename": "bunny.mp4",
        "content_type": "video/mp4",
        "s3_key": f"users/{ANNA}/uploads/{uuid.uuid4()}/source.mp4",
        "thumbnail_key": None,
        "duration_seconds": 60.0,
        "width": 640,
        "height": 360,
        "resolution": "640x360",
        "video_codec": "h264",
        "audio_codec": None,
        "frame_rate": "25/1",
        "container": "mov",
        "file_size_bytes": 1000,
        "description": "",
        "tags": [],
        "visibility": "public",
    }
    return GalleryVideoDraft.model_validate(values | changes).model_dump(mode="json")


def build_publication(job_id: str, *formats: str, **changes: Any) -> dict[str, Any]:
    renditions = [
        GalleryRendition(**vars(build_rendition(format_, size_bytes=changes.get("size_bytes", 5))))
        for format_ in formats
    ]
    publication = GalleryPublication(
        job_id=job_id, renditions=renditions, thumbnail_key=changes.get("thumbnail_key")
    )
    return publication.model_dump(mode="json")


@pytest.fixture
def anna(as_user: Any) -> Any:
    return as_user(ANNA)


@pytest.fixture
def video_id(anna: Any) -> str:
    return str(anna("POST", "/internal/videos", json=build_draft()).json["id"])


def test_a_draft_becomes_a_video_of_the_tokens_user_once(anna: Any) -> None:
    draft = build_draft(tags=["Sea"])
    first = anna("POST", "/internal/videos", json=draft)
    second = anna("POST", "/internal/videos", json=draft)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json == second.json
    assert first.json["user_id"] == ANNA
    assert (first.json["status"], first.json["tags"]) == ("uploaded", ["sea"])


def test_the_same_source_under_another_id_is_the_same_video(anna: Any) -> None:
    draft = build_draft()
    first = anna("POST", "/internal/videos", json=draft)
    again = anna("POST", "/internal/videos", json=draft | {"id": str(uuid.uuid4())})
    assert (again.status_code, again.json["id"]) == (200, first.json["id"])


def test_a_source_of_another_user_is_refused(as_user: Any) -> None:
    answer = as_user("bert")("POST", "/internal/videos", json=build_draft())
    assert (answer.status_code, answer.json["code"]) == (403, "source_not_owned")


def test_an_id_of_another_users_video_is_refused(anna: Any, as_user: Any, video_id: str) -> None:
    key = f"users/bert/uploads/{uuid.uuid4()}/source.mp4"
    answer = as_user("bert")("POST", "/internal/videos", json=build_draft(id=video_id, s3_key=key))
    assert (answer.status_code, answer.json["code"]) == (409, "video_conflict")


@pytest.mark.parametrize("change", [{"id": "no-id"}, {"title": "\x00"}, {"surprise": 1}, {"width": "wide"}])
def test_a_bad_draft_is_refused(anna: Any, change: dict[str, Any]) -> None:
    assert anna("POST", "/internal/videos", json=build_draft() | change).status_code == 422


def test_a_publication_makes_the_video_ready_and_listed(anna: Any, anonymous: Any, video_id: str) -> None:
    body = build_publication("job-1", "480p", "1080p", thumbnail_key="videos/output/job-1/1/thumbnail.jpg")
    assert anonymous("POST", f"/internal/videos/{video_id}/publish", json=body).status_code == 204
    [item] = anonymous("GET", "/api/gallery/videos").json["items"]
    assert item["status"] == "ready"
    assert [rendition["format"] for rendition in item["renditions"]] == ["480p", "1080p"]
    assert item["thumbnail_key"] == "videos/output/job-1/1/thumbnail.jpg"


def test_a_publication_corrects_what_confirm_saw_of_the_media(anonymous: Any, video_id: str) -> None:
    path = f"/internal/videos/{video_id}"
    before = anonymous("GET", path).json
    source = {name: before[name] for name in ("width", "height", "resolution", "video_codec")}
    source |= {"duration_seconds": 12.04, "audio_codec": None, "frame_rate": "30/1", "container": "mov"}
    body = build_publication("job-1", "480p") | {"source": source}
    assert anonymous("POST", f"{path}/publish", json=body).status_code == 204
    after = anonymous("GET", path).json
    assert {name: after[name] for name in source} == source
    assert (after["title"], after["file_size_bytes"]) == (before["title"], before["file_size_bytes"])
    anonymous("POST", f"{path}/publish", json=build_publication("job-2", "720p"))
    assert anonymous("GET", path).json["duration_seconds"] == 12.04


def test_a_later_job_replaces_its_formats_and_leaves_the_others(anonymous: Any, video_id: str) -> None:
    path = f"/internal/videos/{video_id}/publish"
    anonymous("POST", path, json=build_publication("job-1", "480p", "720p", size_bytes=1))
    anonymous("POST", path, json=build_publication("job-2", "720p", "1080p", size_bytes=2))
    renditions = anonymous("GET", f"/internal/videos/{video_id}").json["renditions"]
    assert {rendition["format"]: rendition["size_bytes"] for rendition in renditions} == {
        "480p": 1,
        "720p": 2,
        "1080p": 2,
    }


def test_a_repeated_publication_changes_nothing(anonymous: Any, video_id: str) -> None:
    path = f"/internal/videos/{video_id}/publish"
    anonymous("POST", path, json=build_publication("job-1", "720p", size_bytes=1))
    anonymous("POST", path, json=build_publication("job-2", "720p", size_bytes=2))
    assert anonymous("POST", path, json=build_publication("job-1", "720p", size_bytes=1)).status_code == 204
    [rendition] = anonymous("GET", f"/internal/videos/{video_id}").json["renditions"]
    assert rendition["size_bytes"] == 2


def test_a_ready_video_stays_ready(anonymous: Any, video_id: str) -> None:
    def follow(status: str) -> str:
        anonymous("POST", f"/internal/videos/{video_id}/status", json={"status": status})
        return str(anonymous("GET", f"/internal/videos/{video_id}").json["status"])

    assert [follow("processing"), follow("failed")] == ["processing", "failed"]
    anonymous("POST", f"/internal/videos/{video_id}/publish", json=build_publication("job-1", "720p"))
    assert [follow("processing"), follow("failed")] == ["ready", "ready"]


def test_purge_removes_a_video_for_good_and_may_be_repeated(anonymous: Any, video_id: str) -> None:
    for _ in range(2):
        assert anonymous("DELETE", f"/internal/videos/{video_id}").status_code == 204
    assert anonymous("GET", f"/internal/videos/{video_id}").status_code == 404


def test_calls_about_a_purged_video_give_404(anonymous: Any) -> None:
    unknown = f"/internal/videos/{uuid.uuid4()}"
    for path, body in (
        ("/publish", build_publication("job-1", "720p")),
        ("/status", {"status": "failed"}),
        ("/views", None),
    ):
        answer = anonymous("POST", unknown + path, json=body)
        assert (answer.status_code, answer.json["code"]) == (404, "video_not_found")


def test_the_trash_keeps_its_first_time_and_the_latest_change(
    anna: Any, clock: Any, tell_trash: Any, video_id: str
) -> None:
    def list_trash() -> list[str]:
        return [
            item["deleted_at"] for item in anna("GET", "/api/gallery/my-videos?deleted=true").json["items"]
        ]

    for minutes in (1, 2):
        tell_trash(video_id, is_trashed=True, minutes=minutes)
    assert list_trash() == ["2026-11-20T12:01:00.000Z"]
    tell_trash(video_id, is_trashed=False, minutes=4)
    tell_trash(video_id, is_trashed=True, minutes=3)
    assert list_trash() == []
    assert anna("GET", f"/api/gallery/videos/{video_id}").status_code == 200


def test_the_internal_view_shows_a_trashed_video_completely(
    anonymous: Any, tell_trash: Any, video_id: str
) -> None:
    tell_trash(video_id, is_trashed=True)
    seen = anonymous("GET", f"/internal/videos/{video_id}").json
    assert seen["deleted_at"] is not None
    assert seen["s3_key"].startswith(f"users/{ANNA}/")


def test_every_field_that_is_told_of_a_video_comes_and_no_other(anonymous: Any, video_id: str) -> None:
    names = set(anonymous("GET", f"/internal/videos/{video_id}").json)
    assert names == set(GalleryVideo.model_fields)
    assert "trash_changed_at" not in names
    assert build_video().renditions == ()
