"""The fake store and S3 as served by rclone behave alike."""

import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiobotocore.session import get_session

from video_processor.adapters import object_store
from video_processor.adapters.object_store import S3ObjectStore, build_s3_config
from video_processor.errors import ObjectChanged, ObjectMissing, StoreAway
from video_processor.testing.object_store import MemoryObjectStore
from videoforge.messages import SourceRef
from videoforge_media.byte_ranges import ByteRange


class StoreUnderTest:
    """A store, and a function that uploads a source as a browser does."""

    def __init__(self, store: Any, client: Any = None, bucket: str = "") -> None:
        self.store, self._client, self._bucket = store, client, bucket
        self.prefix = f"users/u/uploads/{uuid.uuid4()}"

    async def put_source(self, content: bytes) -> SourceRef:
        key = f"{self.prefix}/source.mp4"
        if self._client is None:
            return self.store.put_source(key, content)
        await self._client.put_object(Bucket=self._bucket, Key=key, Body=content)
        head = await self._client.head_object(Bucket=self._bucket, Key=key)
        return SourceRef(s3_key=key, etag=head["ETag"], size_bytes=head["ContentLength"])


def list_all(source: SourceRef) -> list[ByteRange]:
    return [ByteRange(first=0, length=source.size_bytes)]


@pytest.fixture(params=["memory", pytest.param("s3", marks=pytest.mark.integration)])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[StoreUnderTest]:
    if request.param == "memory":
        yield StoreUnderTest(MemoryObjectStore())
        return
    server = request.getfixturevalue("object_store")
    async with get_session().create_client(
        "s3",
        region_name=server.region,
        endpoint_url=server.endpoint_url,
        aws_access_key_id=server.access_key_id,
        aws_secret_access_key=server.secret_access_key,
        config=build_s3_config(has_endpoint=True),
    ) as client:
        yield StoreUnderTest(
            S3ObjectStore(client, bucket=server.bucket, parallelism=4), client, server.bucket
        )


@pytest.fixture
def small_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ranges and parts so small that a small test file needs several (S3's smallest part is 5
    MiB)."""
    monkeypatch.setattr(object_store, "_RANGE_BYTES", 1 << 20)
    monkeypatch.setattr(object_store, "_PART_BYTES", 5 << 20)
    monkeypatch.setattr(object_store, "_MULTIPART_FROM_BYTES", 6 << 20)


@pytest.mark.usefixtures("small_ranges")
async def test_a_source_arrives_whole_in_several_ranges(store: Any, tmp_path: Path) -> None:
    content = bytes(range(256)) * 4096 * 3 + b"end"
    source = await store.put_source(content)
    await store.store.download_source(source, tmp_path / "source", ranges=list_all(source))
    assert (tmp_path / "source").read_bytes() == content


@pytest.mark.usefixtures("small_ranges")
async def test_ranges_arrive_at_their_places_and_the_rest_is_zeros(store: Any, tmp_path: Path) -> None:
    content, target = bytes(range(1, 255)) * 4096 * 3, tmp_path / "source"
    source = await store.put_source(content)
    middle, end = ByteRange(first=1000, length=3 << 19), ByteRange(first=len(content) - 5, length=5)
    await store.store.download_source(source, target, ranges=[middle])
    await store.store.download_source(source, target, ranges=[end])
    expected = bytearray(len(content))
    for part in (middle, end):
        expected[part.first : part.end] = content[part.first : part.end]
    assert target.read_bytes() == expected


async def test_a_source_that_is_gone_is_missing(store: Any, tmp_path: Path) -> None:
    source = await store.put_source(b"x")
    gone = source.model_copy(update={"s3_key": f"{store.prefix}/gone/source.mp4"})
    with pytest.raises(ObjectMissing):
        await store.store.download_source(gone, tmp_path / "source", ranges=list_all(gone))
    with pytest.raises(ObjectMissing):
        await store.store.check_source(gone)


@pytest.mark.parametrize("content", [b"other bytes", b"other bytes!"])
async def test_a_source_that_was_replaced_is_refused(store: Any, tmp_path: Path, content: bytes) -> None:
    pinned = await store.put_source(b"first bytes")
    await store.store.check_source(pinned)
    await store.put_source(content)
    with pytest.raises(ObjectChanged):
        await store.store.download_source(pinned, tmp_path / "source", ranges=list_all(pinned))
    with pytest.raises(ObjectChanged):
        await store.store.check_source(pinned)


@pytest.mark.usefixtures("small_ranges")
async def test_a_large_file_is_stored_in_parts(store: Any, tmp_path: Path) -> None:
    path, key = tmp_path / "480p.mp4", f"{store.prefix}/480p.mp4"
    path.write_bytes(b"abcdefgh" * (1 << 20))
    assert await store.store.upload(path, key=key) == 8 << 20
    assert await store.store.find_size(key) == 8 << 20
    await store.store.read_into(key, tmp_path / "back", offset=0, size_bytes=8 << 20)
    assert (tmp_path / "back").read_bytes() == path.read_bytes()


async def test_parts_are_joined_at_their_places_in_any_order(store: Any, tmp_path: Path) -> None:
    target = tmp_path / "joined"
    for name, content, offset in (("b", b"world", 6), ("a", b"hello ", 0)):
        path = tmp_path / f"{name}.m4s"
        path.write_bytes(content)
        await store.store.upload(path, key=f"{store.prefix}/{name}.m4s")
        await store.store.read_into(
            f"{store.prefix}/{name}.m4s", target, offset=offset, size_bytes=len(content)
        )
    assert target.read_bytes() == b"hello world"


async def test_an_object_of_another_size_is_not_joined(store: Any, tmp_path: Path) -> None:
    path, key = tmp_path / "a.m4s", f"{store.prefix}/a.m4s"
    path.write_bytes(b"hello")
    await store.store.upload(path, key=key)
    for size in (3, 9):
        with pytest.raises(ObjectChanged):
            await store.store.read_into(key, tmp_path / "joined", offset=0, size_bytes=size)
    with pytest.raises(ObjectMissing):
        await store.store.read_into(f"{key}x", tmp_path / "joined", offset=0, size_bytes=5)


async def test_the_size_of_what_is_not_there_is_none(store: Any) -> None:
    assert await store.store.find_size(f"{store.prefix}/nothing") is None


async def test_a_bucket_that_is_there_is_found(store: Any) -> None:
    await store.store.check()


@pytest.mark.integration
async def test_no_bucket_and_wrong_keys_and_no_server_are_distinguished(object_store: Any) -> None:
    endpoint_url, bucket = object_store.endpoint_url, object_store.bucket
    secret = object_store.secret_access_key
    cases = [
        ((endpoint_url, secret, "no-such-bucket"), "store_bucket_missing"),
        ((endpoint_url, "w" * 40, bucket), "store_access_denied"),
        (("http://127.0.0.1:9", secret, bucket), "store_unavailable"),
    ]
    for (endpoint, key, name), code in cases:
        async with get_session().create_client(
            "s3",
            region_name=object_store.region,
            endpoint_url=endpoint,
            aws_access_key_id=object_store.access_key_id,
            aws_secret_access_key=key,
            config=build_s3_config(has_endpoint=True),
        ) as client:
            with pytest.raises(StoreAway, match=code):
                await S3ObjectStore(client, bucket=name, parallelism=4).check()
