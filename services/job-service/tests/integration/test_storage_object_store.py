"""S3ObjectStore against the real object store."""

import statistics
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError, NoCredentialsError

from job_service.platform import s3_object_store
from job_service.platform.object_store import ObjectChanged, ObjectMissing, UploadLost
from job_service.platform.s3_object_store import S3ObjectStore, build_client
from job_service.uploads.parts import MIB, plan_parts
from tests.servers.fixtures import ObjectStore
from videoforge.problems import Problem

pytestmark = pytest.mark.integration


@pytest.fixture
def key() -> str:
    return f"users/u/uploads/{uuid.uuid4()}/source.mp4"


def put(url: str, content: bytes, *, content_type: str = "video/mp4") -> int:
    return requests.put(url, data=content, headers={"Content-Type": content_type}, timeout=30).status_code


def save(store: S3ObjectStore, key: str, content: bytes) -> None:
    url = store.sign_put(key, content_type="video/mp4", size_bytes=len(content), seconds=60)
    assert put(url, content) == 200


def test_a_signed_put_accepts_the_file_it_was_signed_for(store: S3ObjectStore, key: str) -> None:
    save(store, key, b"picture")
    head = store.find_object(key)
    assert head is not None
    assert head.size_bytes == 7
    assert store.get_bytes(key, limit_bytes=100) == b"picture"


def test_a_signed_put_refuses_another_size_type_or_key(store: S3ObjectStore, key: str) -> None:
    url = store.sign_put(key, content_type="video/mp4", size_bytes=7, seconds=60)
    assert put(url, b"much too long") in {400, 403}
    assert put(url, b"picture", content_type="text/html") in {400, 403}
    assert put(url.replace("source.mp4", "source.mov"), b"picture") in {400, 403}
    assert store.find_object(key) is None


def test_an_expired_signed_put_is_refused(store: S3ObjectStore, key: str) -> None:
    url = store.sign_put(key, content_type="video/mp4", size_bytes=7, seconds=1)
    time.sleep(2.1)
    assert put(url, b"picture") in {400, 403}
    assert store.find_object(key) is None


def test_an_upload_in_25_parts_by_four_threads_arrives_whole(store: S3ObjectStore, key: str) -> None:
    plan = plan_parts(24 * 8 * MIB + 1)
    assert plan.part_count == 25
    upload_id = store.start_multipart(key, content_type="video/mp4")

    def send(number: int) -> None:
        url = store.sign_part(
            key, upload_id=upload_id, part_number=number, size_bytes=plan.get_part_bytes(number), seconds=60
        )
        content = bytes([number]) * plan.get_part_bytes(number)
        assert requests.put(url, data=content, timeout=120).status_code == 200

    with ThreadPoolExecutor(max_workers=4) as pool:
        list(pool.map(send, range(1, 26)))
    parts = store.list_parts(key, upload_id=upload_id)
    assert [part.part_number for part in parts] == list(range(1, 26))
    store.complete_multipart(key, upload_id=upload_id, parts=parts)
    head = store.find_object(key)
    assert head is not None
    assert head.size_bytes == 24 * 8 * MIB + 1
    with pytest.raises(UploadLost):
        store.list_parts(key, upload_id=upload_id)
    store.abort_multipart(key, upload_id=upload_id)
    store.delete_object(key)


def test_an_aborted_upload_is_lost_and_leaves_nothing(store: S3ObjectStore, key: str) -> None:
    upload_id = store.start_multipart(key, content_type="video/mp4")
    store.abort_multipart(key, upload_id=upload_id)
    store.abort_multipart(key, upload_id=upload_id)
    with pytest.raises(UploadLost):
        store.list_parts(key, upload_id=upload_id)
    assert store.find_object(key) is None


def test_head_and_tail_are_written_to_their_positions_in_a_sparse_file(
    store: S3ObjectStore, key: str, tmp_path: Path
) -> None:
    save(store, key, b"0123456789")
    head = store.find_object(key)
    assert head is not None
    path = tmp_path / "part"
    store.download_range(key, etag=head.etag, first=0, length=2, path=path)
    store.download_range(key, etag=head.etag, first=8, length=2, path=path)
    assert path.read_bytes() == b"01" + bytes(6) + b"89"


def test_a_changed_or_deleted_object_is_never_read_silently(
    store: S3ObjectStore, key: str, tmp_path: Path
) -> None:
    save(store, key, b"first")
    head = store.find_object(key)
    assert head is not None
    save(store, key, b"other")
    with pytest.raises(ObjectChanged):
        store.download_range(key, etag=head.etag, first=0, length=5, path=tmp_path / "part")
    store.delete_object(key)
    with pytest.raises(ObjectMissing):
        store.get_bytes(key, limit_bytes=5)
    assert store.find_object(key) is None


def test_a_signed_get_answers_with_the_type_and_name_it_was_signed_with(
    store: S3ObjectStore, key: str
) -> None:
    save(store, key, b"picture")
    url = store.sign_get(key, seconds=60, content_type="video/mp4", filename='Ferien "2026"\r\n.mp4')
    answer = requests.get(url, timeout=30)
    assert answer.headers["Content-Type"] == "video/mp4"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="Ferien _2026___.mp4"')
    assert "\n" not in answer.headers["Content-Disposition"]


def test_a_prefix_is_deleted_until_the_listing_is_empty(
    store: S3ObjectStore, key: str, tmp_path: Path
) -> None:
    prefix = key.removesuffix("source.mp4")
    picture = tmp_path / "x.jpg"
    picture.write_bytes(b"x")
    with ThreadPoolExecutor(max_workers=8) as pool:
        list(
            pool.map(
                lambda i: store.put_file(f"{prefix}{i:05d}.m4s", picture, content_type="video/mp4"),
                range(1050),
            )
        )
    assert store.delete_prefix(prefix) == 1050
    assert store.delete_prefix(prefix) == 0


def test_a_prefix_that_holds_more_than_one_video_is_never_deleted(store: S3ObjectStore) -> None:
    for prefix in ("", "users/", "videos/output/", "videos/output/job", "videos/output/job/1"):
        with pytest.raises(ValueError, match="too wide"):
            store.delete_prefix(prefix)


def measure(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def test_signing_with_a_reused_client_is_many_times_faster_than_with_a_new_one(
    store: S3ObjectStore, object_store: SimpleNamespace, key: str
) -> None:
    def sign() -> str:
        return store.sign_put(key, content_type="video/mp4", size_bytes=7, seconds=60)

    def make_and_sign() -> str:
        client = build_client(region="us-east-1", endpoint_url=object_store.endpoint_url)
        return client.generate_presigned_url("put_object", Params={"Bucket": "b", "Key": key})

    sign()
    kept = statistics.median(measure(sign) for _ in range(50))
    new = statistics.median(measure(make_and_sign) for _ in range(5))
    assert new > 5 * kept, f"kept {kept * 1e6:.0f} µs, new {new * 1e6:.0f} µs"


def test_a_store_that_is_down_is_a_503(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    monkeypatch.setattr(s3_object_store, "CONNECT_SECONDS", 1)
    store = S3ObjectStore("b", region="us-east-1", endpoint_url="http://127.0.0.1:9")
    with pytest.raises(Exception, match="store_unavailable"):
        store.find_object("videos/x/y")


#: One call of each kind, in the order of a video's life.
OPERATIONS: dict[str, Callable[[S3ObjectStore], object]] = {
    "head": lambda store: store.find_object("users/u/uploads/x/source.mp4"),
    "get": lambda store: store.get_bytes("users/u/uploads/x/source.mp4", limit_bytes=10),
    "list": lambda store: store.list_keys("videos/output/x/"),
    "delete": lambda store: store.delete_prefix("videos/output/x/"),
    "parts": lambda store: store.start_multipart("users/u/uploads/x/source.mp4", content_type="video/mp4"),
    "ready": lambda store: store.check(),
}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_store_that_rejects_our_keys_has_its_own_code(
    store_keys: ObjectStore, operation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another key")
    store = S3ObjectStore(store_keys.bucket, region=store_keys.region, endpoint_url=store_keys.endpoint_url)
    with pytest.raises(Problem) as caught:
        OPERATIONS[operation](store)
    problem = caught.value
    assert (problem.status, problem.code, problem.retryable) == (503, "store_access_denied", False)
    assert "Retry-After" not in problem.headers


@pytest.mark.parametrize(
    "operation", ["head", "get", "list", "delete", "ready"]
)  # rclone creates the bucket with the object
def test_a_store_without_our_bucket_has_its_own_code(store_keys: ObjectStore, operation: str) -> None:
    store = S3ObjectStore("no-such-bucket", region=store_keys.region, endpoint_url=store_keys.endpoint_url)
    with pytest.raises(Problem) as caught:
        OPERATIONS[operation](store)
    assert (caught.value.code, caught.value.retryable) == ("store_bucket_missing", False)


def answer_as_s3(code: str, status: int) -> ClientError:
    response: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "GetObject")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (answer_as_s3("AccessDenied", 403), "store_access_denied"),
        (answer_as_s3("ExpiredToken", 403), "store_access_denied"),
        (answer_as_s3("403", 403), "store_access_denied"),  # HEAD has no body to name it
        (NoCredentialsError(), "store_access_denied"),
        (answer_as_s3("NoSuchBucket", 404), "store_bucket_missing"),
        (answer_as_s3("PermanentRedirect", 301), "store_bucket_missing"),
        (answer_as_s3("InternalError", 500), "store_unavailable"),
    ],
)
def test_errors_of_real_s3_have_their_own_codes(error: Exception, code: str) -> None:
    with pytest.raises(Problem) as caught, s3_object_store._translate_errors():
        raise error
    assert caught.value.code == code
