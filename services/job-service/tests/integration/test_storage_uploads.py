"""Uploads through the API, with the real database and the real store."""

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from flask.testing import FlaskClient
from sqlalchemy import text

from infra.local.processes.infrastructure import build_store
from job_service.platform.s3_object_store import S3ObjectStore
from job_service.processes.app import create_app
from job_service.sweeps.expire_uploads import expire_uploads
from job_service.testing.auth import TokenIssuer, build_test_settings, trust_issuer
from job_service.uploads.parts import MIB
from job_service.uploads.ports import UploadPorts
from job_service.web.services import EXTENSION
from tests.servers.databases import PostgresServer
from tests.servers.fixtures import ObjectStore
from tests.servers.processes import LocalProcess, run_process
from videoforge.problems import Code, Problem

pytestmark = pytest.mark.integration

ISSUER = TokenIssuer()
FILE = {"filename": "cat.mp4", "content_type": "video/mp4", "size_bytes": 5}


class Api:
    """The API as one user sees it."""

    def __init__(self, client: FlaskClient, user_id: str) -> None:
        self.client = client
        self.user_id = user_id
        self.headers = ISSUER.build_headers(user_id)

    def call(self, method: str, path: str, body: Any = None, *, expect: int = 200) -> Any:
        answer = self.client.open("/api/" + path, method=method, json=body, headers=self.headers)
        assert answer.status_code == expect, answer.get_data(as_text=True)
        return answer.get_json(silent=True)

    def as_other(self) -> "Api":
        return Api(self.client, str(uuid.uuid4()))

    @property
    def ports(self) -> UploadPorts:
        ports: UploadPorts = self.client.application.extensions[EXTENSION].uploads
        return ports

    def expire_uploads(self) -> int:
        return expire_uploads(self.ports)


def build_api(database: str, server: PostgresServer, store: ObjectStore, **settings: Any) -> Api:
    app = create_app(
        build_test_settings(
            db_host=server.host,
            db_port=server.port,
            db_name=database,
            db_user=server.user,
            db_password=server.password,
            aws_endpoint_url_s3=store.endpoint_url,
            s3_bucket_name=store.bucket,
            **settings,
        )
    )
    trust_issuer(app, ISSUER)
    return Api(app.test_client(), str(uuid.uuid4()))


@pytest.fixture
def api(jobs_database: str, postgres_server: PostgresServer, store_keys: ObjectStore) -> Iterator[Api]:
    api = build_api(jobs_database, postgres_server, store_keys, max_open_uploads=3)
    yield api
    api.client.application.extensions[EXTENSION].platform.database.engine.dispose()


def put(url: str, content: bytes, **headers: str) -> int:
    return requests.put(url, data=content, headers=headers, timeout=60).status_code


def test_a_single_put_accepts_only_the_announced_file(api: Api, store: S3ObjectStore) -> None:
    grant = api.call("POST", "storage/upload-url", FILE, expect=201)
    assert grant["s3_key"].startswith(f"users/{api.user_id}/uploads/{grant['id']}/source.mp4")
    assert grant["headers"] == {"Content-Type": "video/mp4"}
    assert put(grant["url"], b"too long", **grant["headers"]) in {400, 403}
    assert put(grant["url"], b"12345", **grant["headers"]) == 200
    head = store.find_object(grant["s3_key"])
    assert head is not None
    assert head.size_bytes == 5


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"size_bytes": 0}, "empty_file"),
        ({"size_bytes": 200 * 1024**3}, "file_too_large"),
        ({"content_type": "text/html"}, "content_type_not_allowed"),
        ({"filename": "a\u0007b"}, "filename_refused"),
        ({"filename": "a\u0000b"}, "validation_failed"),
        ({"surprise": 1}, "validation_failed"),
    ],
)
def test_what_cannot_become_a_video_is_refused_before_a_url_is_given(
    api: Api, change: dict[str, Any], code: str
) -> None:
    for path in ("storage/upload-url", "storage/uploads"):
        problem = api.call("POST", path, {**FILE, **change}, expect=422)
        assert problem["code"] == code
    assert api.call("GET", "storage/uploads")["items"] == []


def test_open_uploads_never_exceed_the_limit_even_for_simultaneous_requests(api: Api) -> None:
    def ask(_: int) -> int:
        other = Api(api.client.application.test_client(), api.user_id)
        answer = other.client.post("/api/storage/upload-url", json=FILE, headers=other.headers)
        return answer.status_code

    with ThreadPoolExecutor(max_workers=8) as pool:
        statuses = sorted(pool.map(ask, range(8)))
    assert statuses == [201, 201, 201, 409, 409, 409, 409, 409]
    api.as_other().call("POST", "storage/upload-url", FILE, expect=201)
    first = api.call("GET", "storage/uploads")["items"][0]
    api.call("DELETE", f"storage/uploads/{first['id']}", expect=204)
    api.call("POST", "storage/upload-url", FILE, expect=201)


def test_an_upload_in_parts_is_resumed_and_completed_once(api: Api, store: S3ObjectStore) -> None:
    size = 2 * 8 * MIB + 3
    started = api.call(
        "POST", "storage/uploads", {**FILE, "size_bytes": size, "fingerprint": "f"}, expect=201
    )
    assert (started["part_size_bytes"], started["part_count"]) == (8 * MIB, 3)
    path = f"storage/uploads/{started['id']}"
    signed = api.call("POST", f"{path}/parts", {"part_numbers": [1, 2, 3]})["parts"]
    assert put(signed[0]["url"], b"a" * 8 * MIB) == 200

    problem = api.call("POST", f"{path}/complete", {}, expect=409)
    assert problem["code"] == "parts_missing"
    assert problem["missing_parts"] == [2, 3]
    shown = api.call("GET", path)
    assert shown["status"] == "open"
    assert [(p["part_number"], p["size_bytes"]) for p in shown["parts"]] == [(1, 8 * MIB)]

    assert put(signed[1]["url"], b"b" * 8 * MIB) == 200
    assert put(signed[2]["url"], b"end") == 200
    done = api.call("POST", f"{path}/complete", {})
    assert done == {"s3_key": started["s3_key"], "size_bytes": size}
    assert api.call("POST", f"{path}/complete", {}) == done
    assert api.call("GET", path)["status"] == "completed"
    head = store.find_object(started["s3_key"])
    assert head is not None
    assert head.size_bytes == size
    assert api.call("POST", f"{path}/parts", {"part_numbers": [1]}, expect=409)["code"] == "upload_not_open"


def test_a_file_that_grew_during_the_upload_is_refused_and_removed(api: Api, store: S3ObjectStore) -> None:
    """The store already refuses it, because the part's size is signed; whatever it did accept is
    removed."""
    started = api.call("POST", "storage/uploads", FILE, expect=201)
    path = f"storage/uploads/{started['id']}"
    url = api.call("POST", f"{path}/parts", {"part_numbers": [1]})["parts"][0]["url"]
    assert put(url, b"123456") in {400, 403}
    with api.ports.database.begin() as tx:
        upload = tx.uploads.find_upload(started["id"], user_id=api.user_id)
    assert upload is not None
    assert upload.s3_upload_id is not None
    larger = store.sign_part(
        upload.s3_key, upload_id=upload.s3_upload_id, part_number=1, size_bytes=6, seconds=60
    )
    assert put(larger, b"123456") == 200
    assert api.call("POST", f"{path}/complete", {}, expect=422)["code"] == "upload_size_mismatch"
    assert api.call("GET", path)["status"] == "aborted"
    assert store.find_object(started["s3_key"]) is None


def test_a_complete_whose_answer_was_lost_is_detected(api: Api, store: S3ObjectStore) -> None:
    started = api.call("POST", "storage/uploads", FILE, expect=201)
    path = f"storage/uploads/{started['id']}"
    url = api.call("POST", f"{path}/parts", {"part_numbers": [1]})["parts"][0]["url"]
    assert put(url, b"12345") == 200
    with api.ports.database.begin() as tx:
        upload = tx.uploads.find_upload(started["id"], user_id=api.user_id)
    assert upload is not None
    assert upload.s3_upload_id is not None
    parts = store.list_parts(upload.s3_key, upload_id=upload.s3_upload_id)
    store.complete_multipart(upload.s3_key, upload_id=upload.s3_upload_id, parts=parts)
    assert api.call("POST", f"{path}/complete", {})["size_bytes"] == 5


def test_a_part_that_was_never_planned_is_not_signed(api: Api) -> None:
    started = api.call("POST", "storage/uploads", FILE, expect=201)
    path = f"storage/uploads/{started['id']}/parts"
    assert api.call("POST", path, {"part_numbers": [2]}, expect=422)["code"] == "part_not_planned"
    assert api.call("POST", path, {"part_numbers": [0]}, expect=422)["code"] == "validation_failed"
    assert api.call("POST", path, {"part_numbers": []}, expect=422)["code"] == "validation_failed"
    assert api.call("POST", path, {"part_numbers": [1] * 101}, expect=422)["code"] == "validation_failed"


def test_another_users_upload_is_treated_like_one_that_does_not_exist(api: Api) -> None:
    started = api.call("POST", "storage/uploads", FILE, expect=201)
    other = api.as_other()

    def ask(upload_id: str) -> list[Any]:
        path = f"storage/uploads/{upload_id}"
        answers = [
            other.call("GET", path, expect=404),
            other.call("DELETE", path, expect=404),
            other.call("POST", f"{path}/complete", {}, expect=404),
            other.call("POST", f"{path}/parts", {"part_numbers": [1]}, expect=404),
        ]
        return [{name: value for name, value in a.items() if name != "request_id"} for a in answers]

    assert ask(started["id"]) == ask(str(uuid.uuid4()))


def test_expired_uploads_are_aborted_and_everything_they_stored_is_deleted(
    api: Api, store: S3ObjectStore
) -> None:
    parts = api.call("POST", "storage/uploads", FILE, expect=201)
    single = api.call("POST", "storage/upload-url", FILE, expect=201)
    fresh = api.call("POST", "storage/upload-url", FILE, expect=201)
    assert put(single["url"], b"12345", **single["headers"]) == 200
    with api.ports.database.connections.begin() as connection:
        past = datetime.now(UTC) - timedelta(minutes=1)
        connection.execute(
            text("update uploads set expires_at = :past where id <> :fresh"),
            {"past": past, "fresh": fresh["id"]},
        )
    assert api.expire_uploads() == 2
    assert api.expire_uploads() == 0
    assert store.find_object(single["s3_key"]) is None
    assert api.call("GET", f"storage/uploads/{parts['id']}")["status"] == "expired"
    assert [item["id"] for item in api.call("GET", "storage/uploads")["items"]] == [fresh["id"]]


def test_uploads_are_listed_in_pages(api: Api) -> None:
    ids = [api.call("POST", "storage/upload-url", FILE, expect=201)["id"] for _ in range(3)]
    first = api.call("GET", "storage/uploads?limit=2")
    assert [item["id"] for item in first["items"]] == ids[:0:-1]
    last = api.call("GET", f"storage/uploads?limit=2&cursor={first['next_cursor']}")
    assert ([item["id"] for item in last["items"]], last["next_cursor"]) == (ids[:1], None)
    assert api.as_other().call("GET", f"storage/uploads?cursor={first['next_cursor']}")["items"] == []
    for query, code in (
        ("page=2", "validation_failed"),
        ("limit=101", "validation_failed"),
        ("cursor=x", "invalid_cursor"),
    ):
        assert api.call("GET", f"storage/uploads?{query}", expect=422)["code"] == code


def test_an_upload_whose_parts_cannot_be_dropped_stays_open_and_is_retried(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parts have no key, so no later deletion would find them."""
    started = api.call("POST", "storage/uploads", FILE, expect=201)
    path = f"storage/uploads/{started['id']}"
    url = api.call("POST", f"{path}/parts", {"part_numbers": [1]})["parts"][0]["url"]
    assert put(url, b"12345") == 200

    def refuse(_key: str, **_values: Any) -> None:
        raise Problem(Code.store_unavailable)

    with monkeypatch.context() as outage:
        outage.setattr(api.ports.store, "abort_multipart", refuse)
        assert api.call("DELETE", path, expect=503)["code"] == "store_unavailable"
    shown = api.call("GET", path)
    assert (shown["status"], [part["part_number"] for part in shown["parts"]]) == ("open", [1])
    with api.ports.database.connections.begin() as connection:
        connection.execute(text("update uploads set expires_at = now() - interval '1 minute'"))
    with monkeypatch.context() as outage:
        outage.setattr(api.ports.store, "abort_multipart", refuse)
        api.expire_uploads()
    assert api.call("GET", path)["status"] == "open"
    api.expire_uploads()
    assert api.call("GET", path)["status"] == "expired"
    assert put(url, b"12345") == 404


def test_an_upload_that_the_store_lost_is_reported_as_lost(
    jobs_database: str,
    postgres_server: PostgresServer,
    store_keys: ObjectStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from infra.local.provisioning.generated_secrets import AWS_ACCESS_KEY_ID, StackSecrets

    keys = StackSecrets()
    (tmp_path / "store" / store_keys.bucket).mkdir(parents=True)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", AWS_ACCESS_KEY_ID)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", keys.aws_secret_access_key)

    def restart(process: LocalProcess) -> None:
        process.kill()
        process.start()

    with run_process(lambda s: build_store(s, secrets=keys), state_dir=tmp_path) as process:
        address = f"http://127.0.0.1:{process.spec.ports[0].number}"
        own = ObjectStore(
            address, AWS_ACCESS_KEY_ID, keys.aws_secret_access_key, "us-east-1", store_keys.bucket
        )
        api = build_api(jobs_database, postgres_server, own)
        started = api.call("POST", "storage/uploads", FILE, expect=201)
        path = f"storage/uploads/{started['id']}"
        url = api.call("POST", f"{path}/parts", {"part_numbers": [1]})["parts"][0]["url"]
        assert put(url, b"12345") == 200
        restart(process)
        assert api.call("GET", path)["status"] == "lost"
        assert api.call("POST", f"{path}/complete", {}, expect=409)["code"] == "upload_lost"
        problem = api.call("POST", f"{path}/parts", {"part_numbers": [1]}, expect=409)
        assert problem["code"] == "upload_lost"
        api.client.application.extensions[EXTENSION].platform.database.engine.dispose()


def test_without_sign_in_nothing_is_granted(api: Api) -> None:
    answer = api.client.post("/api/storage/upload-url", json=FILE)
    assert answer.status_code == 401


def test_upload_grants_are_counted_for_each_user(api: Api) -> None:
    for _ in range(30):
        api.call("POST", "storage/upload-url", {**FILE, "size_bytes": 0}, expect=422)
    api.call("POST", "storage/uploads", FILE, expect=429)
    api.as_other().call("POST", "storage/uploads", FILE, expect=201)
