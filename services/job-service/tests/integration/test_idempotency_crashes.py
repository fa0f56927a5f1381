"""One effect per key, wherever the request breaks: each of its transactions fails before it begins,
at its commit, or after its commit with the answer lost; once, or with the database gone from then
on, or with the process killed. PostgreSQL is real; everything around it answers from memory or from
the real store."""

import itertools
import subprocess
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest
from flask import Flask
from sqlalchemy import Connection, text

from job_service.idempotency.ports import KeyScope
from job_service.jobs.stores.job_store import PostgresJobStore
from job_service.platform.s3_object_store import S3ObjectStore
from job_service.testing.auth import TokenIssuer
from job_service.testing.gallery import MemoryGallery
from job_service.testing.postgres_jobs import PostgresStage
from job_service.videos.media_inspector import SandboxedInspector, ThumbnailMissing
from job_service.web.services import EXTENSION
from tests.servers.databases import RedisServer
from tests.servers.fixtures import ObjectStore
from videoforge.problems import Code, Problem
from videoforge_clients.postgres import PostgresClient

pytestmark = pytest.mark.integration

USER = "user-1"


class Killed(BaseException):
    """The process ends here: none of its code runs any more."""


@dataclass
class Failpoint:
    """Breaks transaction number `at` of a request, counted from 0, at one of three points."""

    place: str = "before"
    how: str = "once"
    at: int = -1
    seen: int = 0
    has_fired: bool = False

    def arm(self, *, at: int) -> None:
        self.at, self.seen, self.has_fired = at, 0, False

    def disarm(self) -> None:
        self.at = -1

    @contextmanager
    def begin(
        self, real: Callable[[PostgresClient], AbstractContextManager[Connection]], database: Any
    ) -> Iterator[Connection]:
        if self.at < 0:
            with real(database) as connection:
                yield connection
            return
        number, self.seen = self.seen, self.seen + 1
        is_hit = number == self.at
        if (is_hit and self.place == "before") or (number > self.at and self.how != "once"):
            self._fire()
        with real(database) as connection:
            yield connection
            if is_hit and self.place == "commit":
                self._fire()
        if is_hit and self.place == "answer":
            self._fire()

    def _fire(self) -> None:
        self.has_fired = True
        raise Killed if self.how == "killed" else Problem(Code.database_unavailable)


PLACES = [
    (place, how) for place in ("before", "commit", "answer") for how in ("once", "from then on", "killed")
]


@pytest.fixture
def failpoint(monkeypatch: pytest.MonkeyPatch) -> Failpoint:
    failpoint, real = Failpoint(), PostgresClient.begin
    monkeypatch.setattr(PostgresClient, "begin", lambda database: failpoint.begin(real, database))
    return failpoint


class Caller:
    """Sends one request with one key, as often as needed."""

    def __init__(self, app: Flask, path: str, body: Any, headers: dict[str, str]) -> None:
        self.app, self.path, self.body = app, path, body
        self.headers = headers | {"Idempotency-Key": str(uuid.uuid4())}

    def send(self) -> Any:
        return self.app.test_client().post(self.path, json=self.body, headers=self.headers)

    def send_into(self, failpoint: Failpoint, *, at: int) -> Any:
        failpoint.arm(at=at)
        try:
            return self.send()
        except Killed:
            return None
        finally:
            failpoint.disarm()

    def repeat(self, stage: PostgresStage) -> Any:
        """Send it again; if the previous run could not release its key, once that counts as
        abandoned."""
        answer = self.send()
        if answer.status_code == 409:
            assert answer.json["code"] == "request_in_progress"
            assert answer.headers["Retry-After"] == "1"
            execute(stage, "update idempotency_keys set held_at = held_at - interval '31 seconds'")
            answer = self.send()
        return answer


def execute(stage: PostgresStage, statement: str) -> Any:
    with stage.database.begin() as connection:
        result = connection.execute(text(statement))
        return result.scalar() if result.returns_rows else None


def break_at_each_transaction(
    failpoint: Failpoint, stage: PostgresStage, *, build: Callable[[], Caller], check: Callable[[Any], None]
) -> int:
    """Break the request at each of its transactions in turn; return how many it has."""
    for at in itertools.count():
        caller = build()
        first = caller.send_into(failpoint, at=at)
        gave_back = failpoint.how == "once" and failpoint.has_fired
        answer = caller.send() if gave_back else caller.repeat(stage)
        assert answer.status_code in {200, 201, 202}, answer.json
        if first is not None and first.status_code < 300:
            assert answer.json == first.json
        check(answer)
        assert caller.send().json == answer.json
        if not failpoint.has_fired:
            return at
    raise AssertionError


@pytest.fixture
def app(start_app: Callable[..., Flask], redis_server: RedisServer) -> Flask:
    return start_app(redis_port=redis_server.port, max_queued_jobs_per_user=10_000)


def ask_for_job(video_id: str) -> tuple[str, Any]:
    return "/api/jobs", {"video_id": video_id, "output_formats": ["720p"]}


def ask_for_batch(video_id: str) -> tuple[str, Any]:
    items = [{"video_id": video_id, "output_formats": [name]} for name in ("720p", "480p")]
    return "/api/jobs/batch", {"items": items}


class TestJobs:
    @pytest.mark.parametrize(
        ("ask", "place", "how"),
        [
            *[(ask_for_job, place, how) for place, how in PLACES],
            (ask_for_batch, "commit", "once"),
            (ask_for_batch, "answer", "from then on"),
        ],
    )
    def test_a_request_interrupted_anywhere_takes_effect_once(
        self,
        app: Flask,
        issuer: TokenIssuer,
        stage: PostgresStage,
        failpoint: Failpoint,
        ask: Callable[[str], tuple[str, Any]],
        place: str,
        how: str,
    ) -> None:
        failpoint.place, failpoint.how = place, how

        def build() -> Caller:
            path, body = ask(stage.add_source(user_id=USER))
            return Caller(app, path, body, issuer.build_headers(USER))

        def check(answer: Any) -> None:
            jobs = answer.json.get("items", [answer.json])
            found = f"select array_agg(id) from jobs where video_id = '{jobs[0]['video_id']}'"
            assert sorted(execute(stage, found)) == sorted(job["id"] for job in jobs)

        assert break_at_each_transaction(failpoint, stage, build=build, check=check) >= 3
        assert execute(stage, "select count(*) from outbox") == execute(stage, "select count(*) from jobs")

    def test_a_database_that_fails_after_the_commit_does_not_lose_the_answer(
        self, app: Flask, issuer: TokenIssuer, stage: PostgresStage, failpoint: Failpoint
    ) -> None:
        """With or without a key: a committed job is answered, whatever happens to its
        announcement."""
        failpoint.place, failpoint.how = "before", "from then on"
        for at in range(4):
            caller = Caller(
                app,
                "/api/jobs",
                {"video_id": stage.add_source(user_id=USER), "output_formats": ["720p"]},
                issuer.build_headers(USER),
            )
            del caller.headers["Idempotency-Key"]
            before = execute(stage, "select count(*) from jobs")
            answer = caller.send_into(failpoint, at=at)
            made = execute(stage, "select count(*) from jobs") - before
            assert (made == 1) == (answer.status_code == 202)

    def test_two_simultaneous_requests_create_one_job(
        self, app: Flask, issuer: TokenIssuer, stage: PostgresStage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The first is slow and counts as abandoned; the second runs alongside it: both report one
        job."""
        body = {"video_id": stage.add_source(user_id=USER), "output_formats": ["720p"]}
        caller = Caller(app, "/api/jobs", body, issuer.build_headers(USER))
        entered, go_on = threading.Event(), threading.Event()
        real = PostgresJobStore.lock_user

        def wait(self: Any, user_id: str) -> None:
            if not entered.is_set():
                entered.set()
                go_on.wait(5)
            real(self, user_id)

        monkeypatch.setattr(PostgresJobStore, "lock_user", wait)
        answers: list[Any] = []
        slow = threading.Thread(target=lambda: answers.append(caller.send()))
        slow.start()
        assert entered.wait(5)
        assert caller.send().json["code"] == "request_in_progress"
        execute(stage, "update idempotency_keys set held_at = held_at - interval '31 seconds'")
        second = caller.send()
        go_on.set()
        slow.join()
        assert (second.status_code, answers[0].status_code) == (202, 202)
        assert answers[0].json == second.json
        assert execute(stage, "select count(*) from jobs") == 1

    def test_a_slow_refused_run_does_not_free_the_key_of_the_run_that_took_over(
        self, app: Flask, issuer: TokenIssuer, stage: PostgresStage
    ) -> None:
        body = {"video_id": stage.add_source(user_id=USER), "output_formats": ["720p"]}
        caller = Caller(app, "/api/jobs", body, issuer.build_headers(USER))
        caller.send()
        taken_over = "update idempotency_keys set status = 'running', answer = null, holder = 'another'"
        execute(stage, taken_over)
        with stage.database.begin() as connection:
            scope = _find_scope(connection)
        with app.extensions[EXTENSION].database.begin() as tx:
            tx.idempotency_keys.forget(scope, holder="the slow one")
            tx.idempotency_keys.release(scope, holder="the slow one")
        assert execute(stage, "select holder from idempotency_keys") == "another"


def _find_scope(connection: Connection) -> KeyScope:
    row = connection.execute(text("select user_id, route, key from idempotency_keys")).one()
    return KeyScope(**row._mapping)


@pytest.fixture(scope="session")
def short_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi"]
    command += ["-i", "testsrc2=size=64x36:rate=25:duration=0.4", "-preset", "ultrafast", str(path)]
    subprocess.run(command, check=True)
    return path


class TestConfirm:
    @pytest.fixture
    def gallery(self) -> MemoryGallery:
        return MemoryGallery()

    @pytest.fixture
    def confirming(
        self,
        start_app: Callable[..., Flask],
        redis_server: RedisServer,
        store_keys: ObjectStore,
        gallery: MemoryGallery,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> Flask:
        app = start_app(
            redis_port=redis_server.port,
            aws_endpoint_url_s3=store_keys.endpoint_url,
            s3_bucket_name=store_keys.bucket,
            scratch_dir=str(tmp_path / "scratch"),
        )
        services = app.extensions[EXTENSION]
        app.extensions[EXTENSION] = replace(services, videos=replace(services.videos, gallery=gallery))
        monkeypatch.setattr(SandboxedInspector, "take_thumbnail", _skip_thumbnail)
        return app

    @pytest.fixture
    def build(
        self,
        confirming: Flask,
        issuer: TokenIssuer,
        stage: PostgresStage,
        store: S3ObjectStore,
        short_clip: Path,
    ) -> Callable[[], Caller]:
        def build() -> Caller:
            upload_id = str(uuid.uuid4())
            s3_key = f"users/{USER}/uploads/{upload_id}/source.mp4"
            store.put_file(s3_key, short_clip, content_type="video/mp4")
            execute(
                stage,
                "insert into uploads (id, user_id, s3_key, filename, content_type, size_bytes, method,"
                f" expires_at) values ('{upload_id}', '{USER}', '{s3_key}', 'a.mp4', 'video/mp4',"
                f" {short_clip.stat().st_size}, 'single', now() + interval '1 day')",
            )
            return Caller(confirming, "/api/upload/confirm", {"s3_key": s3_key}, issuer.build_headers(USER))

        return build

    @pytest.mark.parametrize(
        ("place", "how"), [("commit", "once"), ("answer", "from then on"), ("answer", "killed")]
    )
    def test_a_confirm_interrupted_anywhere_creates_one_video(
        self,
        build: Callable[[], Caller],
        gallery: MemoryGallery,
        stage: PostgresStage,
        failpoint: Failpoint,
        place: str,
        how: str,
    ) -> None:
        failpoint.place, failpoint.how = place, how
        made: list[str] = []

        def check(answer: Any) -> None:
            made.append(answer.json["id"])
            assert list(gallery.videos) == made
            sources = execute(stage, "select array_agg(video_id) from media_assets where kind = 'source'")
            assert sorted(sources) == sorted(made)

        assert break_at_each_transaction(failpoint, stage, build=build, check=check) >= 4

    @pytest.mark.parametrize("is_done", [False, True])
    def test_a_gallery_that_fails_creates_one_video(
        self,
        build: Callable[[], Caller],
        gallery: MemoryGallery,
        monkeypatch: pytest.MonkeyPatch,
        is_done: bool,
    ) -> None:
        """Down before the call, or with its answer lost."""
        caller = build()

        def break_off(draft: Any, **values: Any) -> Any:
            if is_done:
                MemoryGallery.create_video(gallery, draft, **values)
            raise Problem(Code.gallery_unavailable)

        with monkeypatch.context() as patch:
            patch.setattr(gallery, "create_video", break_off)
            refused = caller.send()
        assert (refused.status_code, refused.json["code"]) == (503, "gallery_unavailable")
        again = caller.send()
        assert again.status_code == 201
        assert list(gallery.videos) == [again.json["id"]]

    def test_two_simultaneous_confirms_create_one_video(
        self, build: Callable[[], Caller], gallery: MemoryGallery, stage: PostgresStage
    ) -> None:
        """A request with another key, or without one, is a different request; it returns the same
        video."""
        caller = build()
        other = Caller(caller.app, caller.path, caller.body, caller.headers)
        answers: list[Any] = []
        threads = [
            threading.Thread(target=lambda one=one: answers.append(one.send())) for one in (caller, other)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(answer.status_code for answer in answers) == [200, 201]
        assert {answer.json["id"] for answer in answers} == set(gallery.videos)
        assert len(gallery.videos) == 1


def _skip_thumbnail(*_: Any, **__: Any) -> None:
    """ffmpeg takes most of the time of a confirm, and changes nothing here."""
    raise ThumbnailMissing
