"""job-service's contract with the gallery holds for gallery-service over HTTP and for the fake in
memory."""

import threading
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from alembic import command
from pydantic import SecretStr
from werkzeug.serving import make_server

from gallery_service.adapters.postgres_video_store import PostgresVideoStore
from gallery_service.app import build_app, build_services
from gallery_service.migrate import build_config
from gallery_service.settings import Settings as GallerySettings
from job_service.auth.caller import Caller
from job_service.testing.auth import TokenIssuer
from job_service.testing.gallery import MemoryGallery
from job_service.videos.gallery import Gallery, PublicMethod
from job_service.videos.gallery_client import GalleryClient
from videoforge.gallery import (
    ChangeOutcome,
    ChangeOutcomes,
    GalleryPage,
    GalleryPublication,
    GalleryRendition,
    GalleryStatusChange,
    GalleryTrashChange,
    GalleryTrashChanges,
    GalleryVideo,
    GalleryVideoDraft,
)
from videoforge.keys import build_source_key
from videoforge.problems import Problem
from videoforge.service_tokens import ServiceTokens

pytestmark = pytest.mark.integration

ISSUER = TokenIssuer()
SERVICE_TOKEN = SecretStr("a-service-token-of-32-characters-or-more")


def sign_in(user_id: str, *, groups: tuple[str, ...] = ("user",)) -> Caller:
    token = ISSUER.issue(user_id, groups=groups)
    return Caller(user_id=user_id, groups=frozenset(groups), access_token=token)


OWNER = sign_in("owner-1")
OTHER = sign_in("other-1")


@pytest.fixture(scope="module")
def gallery_database(postgres_server: Any) -> Iterator[str]:
    name = postgres_server.create_database()
    command.upgrade(build_config(postgres_server.build_url(name)), "head")
    yield name
    postgres_server.drop_database(name)


@pytest.fixture(scope="module")
def gallery_url(postgres_server: Any, redis_server: Any, gallery_database: str) -> Iterator[str]:
    """gallery-service as it runs, on a free port, trusting this module's issuer."""
    settings = GallerySettings(
        service_tokens=SERVICE_TOKEN,
        db_host=postgres_server.host,
        db_port=postgres_server.port,
        db_name=gallery_database,
        db_user=postgres_server.user,
        db_password=SecretStr(postgres_server.password),
        redis_host=redis_server.host,
        redis_port=redis_server.port,
        cognito_user_pool_id="us-east-1_TestPool",
        cognito_client_id=ISSUER.client_id,
        page_cache_seconds=0,
    )
    parts = replace(build_services(settings), token_verifier=ISSUER.build_verifier())
    server = make_server("127.0.0.1", 0, build_app(parts), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    store = parts.ports.store
    assert isinstance(store, PostgresVideoStore)
    store._database.engine.dispose()


@pytest.fixture(params=["memory", "service"])
def gallery(request: pytest.FixtureRequest) -> Iterator[Gallery]:
    if request.param == "memory":
        yield MemoryGallery()
        return
    client = GalleryClient(request.getfixturevalue("gallery_url"), tokens=ServiceTokens(SERVICE_TOKEN))
    yield client
    client.close()


def build_draft(**changes: Any) -> GalleryVideoDraft:
    upload_id = str(uuid.uuid4())
    values: dict[str, Any] = {
        "id": str(uuid.uuid4()),
        "title": "A cat",
        "original_filename": "cat.mp4",
        "content_type": "video/mp4",
        "s3_key": build_source_key(OWNER.user_id, upload_id=upload_id, extension="mp4"),
        "thumbnail_key": "videos/posters/x/thumbnail.jpg",
        "duration_seconds": 2.5,
        "width": 320,
        "height": 180,
        "resolution": "320x180",
        "video_codec": "h264",
        "audio_codec": None,
        "frame_rate": "25/1",
        "container": "mp4",
        "file_size_bytes": 1000,
        "description": "",
        "tags": [],
        "visibility": "public",
    }
    return GalleryVideoDraft(**(values | changes))


PUBLICATION = GalleryPublication(
    job_id="job-1",
    renditions=[GalleryRendition(format="480p", width=854, height=480, bitrate_bps=7, size_bytes=9)],
    thumbnail_key="videos/output/job-1/1/thumbnail.jpg",
)


def test_a_video_is_made_once(gallery: Gallery) -> None:
    draft = build_draft()
    first = gallery.create_video(draft, caller=OWNER)
    again = gallery.create_video(draft.model_copy(update={"title": "Another"}), caller=OWNER)
    assert (again.id, again.title) == (draft.id, "A cat")
    assert first.user_id == OWNER.user_id
    assert first.status == "uploaded"
    assert gallery.find_video(draft.id) == again
    assert gallery.find_video(str(uuid.uuid4())) is None


def test_what_is_published_shows_to_everybody(gallery: Gallery) -> None:
    draft = build_draft()
    gallery.create_video(draft, caller=OWNER)
    gallery.change_status(GalleryStatusChange(status="processing"), video_id=draft.id)
    for _ in range(2):
        gallery.publish(PUBLICATION, video_id=draft.id)
    gallery.change_status(GalleryStatusChange(status="failed"), video_id=draft.id)
    gallery.count_view(draft.id)
    shown = gallery.forward("GET", f"/videos/{draft.id}", answer=GalleryVideo, caller=None)
    assert (shown.status, shown.views, len(shown.renditions)) == ("ready", 1, 1)
    assert shown.thumbnail_key == PUBLICATION.thumbnail_key
    assert shown.s3_key is None
    own = gallery.forward("GET", f"/videos/{draft.id}", answer=GalleryVideo, caller=OWNER)
    assert own.s3_key == draft.s3_key
    listed = gallery.forward("GET", "/videos", answer=GalleryPage, caller=None, query={"limit": 100})
    assert draft.id in [video.id for video in listed.items]


METHODS: tuple[PublicMethod, ...] = ("GET", "PUT", "PATCH")


def test_a_foreign_video_is_as_unknown_as_none(gallery: Gallery) -> None:
    draft = build_draft(visibility="private")
    gallery.create_video(draft, caller=OWNER)
    for video_id in (draft.id, str(uuid.uuid4())):
        for method in METHODS:
            json = None if method == "GET" else {"title": "Mine"}
            with pytest.raises(Problem) as caught:
                gallery.forward(method, f"/videos/{video_id}", answer=GalleryVideo, caller=OTHER, json=json)
            assert (caught.value.status, caught.value.code) == (404, "video_not_found")


def test_the_trash_hides_and_gives_back(gallery: Gallery) -> None:
    draft = build_draft()
    gallery.create_video(draft, caller=OWNER)
    path = f"/videos/{draft.id}"
    trash = GalleryTrashChange(video_id=draft.id, is_trashed=True, changed_at=datetime.now(UTC))
    for _ in range(2):
        gallery.change_trash(GalleryTrashChanges(changes=[trash]))
    with pytest.raises(Problem, match="video_not_found"):
        gallery.forward("GET", path, answer=GalleryVideo, caller=OWNER)
    trash_only = {"deleted": "true"}
    listed = gallery.forward("GET", "/my-videos", answer=GalleryPage, caller=OWNER, query=trash_only)
    assert draft.id in [video.id for video in listed.items]
    kept = gallery.find_video(draft.id)
    assert kept is not None
    assert kept.deleted_at
    back = trash.model_copy(update={"is_trashed": False, "changed_at": datetime.now(UTC)})
    gallery.change_trash(GalleryTrashChanges(changes=[back]))
    assert gallery.forward("GET", path, answer=GalleryVideo, caller=OWNER).deleted_at is None
    gallery.delete_video(draft.id)
    gallery.delete_video(draft.id)
    assert gallery.find_video(draft.id) is None


def test_the_trash_follows_what_was_told_last(gallery: Gallery) -> None:
    draft, path = build_draft(), "/videos/{}"
    gallery.create_video(draft, caller=OWNER)
    began_at = datetime(2026, 11, 30, tzinfo=UTC)

    def tell(minute: int, *, is_trashed: bool) -> None:
        changes = [
            GalleryTrashChange(
                video_id=video_id, is_trashed=is_trashed, changed_at=began_at + timedelta(minutes=minute)
            )
            for video_id in (draft.id, str(uuid.uuid4()))  # a deleted one does not stop the others
        ]
        gallery.change_trash(GalleryTrashChanges(changes=changes))

    tell(1, is_trashed=True)
    tell(1, is_trashed=True)
    kept = gallery.find_video(draft.id)
    assert kept is not None
    assert kept.deleted_at == began_at + timedelta(minutes=1)
    tell(3, is_trashed=False)
    tell(2, is_trashed=True)
    shown = gallery.forward("GET", path.format(draft.id), answer=GalleryVideo, caller=OWNER)
    assert gallery.find_video(draft.id) == shown
    assert shown.deleted_at is None
    tell(4, is_trashed=True)
    with pytest.raises(Problem, match="video_not_found"):
        gallery.forward("GET", path.format(draft.id), answer=GalleryVideo, caller=OWNER)


def test_many_are_changed_with_an_outcome_each(gallery: Gallery) -> None:
    draft = build_draft()
    gallery.create_video(draft, caller=OWNER)
    unknown = str(uuid.uuid4())
    body = {"ids": [draft.id, unknown], "visibility": "unlisted"}
    answer = gallery.forward("POST", "/videos/visibility", answer=ChangeOutcomes, caller=OWNER, json=body)
    assert answer.results == [
        ChangeOutcome(id=draft.id, ok=True),
        ChangeOutcome(id=unknown, ok=False, code="video_not_found"),
    ]
    path, changed = f"/videos/{draft.id}", {"title": "New"}
    edited = gallery.forward("PATCH", path, answer=GalleryVideo, caller=OWNER, json=changed)
    assert (edited.title, edited.visibility) == ("New", "unlisted")


def test_the_service_answers_whether_it_is_ready_and_refuses_strangers(gallery_url: str) -> None:
    client = GalleryClient(gallery_url, tokens=ServiceTokens(SERVICE_TOKEN))
    client.check()
    stranger = GalleryClient(gallery_url, tokens=ServiceTokens(SecretStr("x" * 32)))
    with pytest.raises(Problem):
        stranger.find_video(str(uuid.uuid4()))
    client.close()
    stranger.close()
