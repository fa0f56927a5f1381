"""A store that freezes in the middle of a call is soon recognised as unavailable."""

import asyncio
import random
import re
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiobotocore.session import get_session
from tenacity import wait_none

from video_processor.adapters import object_store
from video_processor.adapters.object_store import S3ObjectStore, build_s3_config
from video_processor.bounded import run_bounded
from video_processor.errors import StoreAway
from videoforge.messages import SourceRef
from videoforge_media.byte_ranges import ByteRange

pytestmark = pytest.mark.integration

SOURCE = SourceRef(s3_key="users/u/source.mp4", etag='"e"', size_bytes=4 << 20)
#: Starts to answer a GET of a range, and stops in the middle.
HEAD = (
    b'HTTP/1.1 206 Partial Content\r\nETag: "e"\r\nContent-Range: bytes 0-4194303/4194304\r\n'
    b"Content-Length: 4194304\r\n\r\n" + b"x" * 1000
)


class FrozenStore:
    """Accepts connections, answers `says` to a request, continues to read or not, and sends nothing
    more."""

    def __init__(self, *, reads: bool, says: bytes = b"") -> None:
        self._reads, self._says = reads, says
        self.writers: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        if self._says:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(self._says)
        while self._reads and await reader.read(1 << 16):
            pass


@asynccontextmanager
async def open_store(server: FrozenStore) -> AsyncIterator[S3ObjectStore]:
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    session = get_session().create_client(
        "s3",
        region_name="us-east-1",
        endpoint_url=f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}",
        aws_access_key_id="id",
        aws_secret_access_key="secret",
        config=build_s3_config(has_endpoint=True),
    )
    try:
        async with session as client:
            yield S3ObjectStore(client, bucket="b", parallelism=2)
    finally:
        listener.close()
        for writer in server.writers:
            writer.close()


class BreakingStore(FrozenStore):
    """Ends each of its first answers after some bytes of the range, and counts what it is asked
    for."""

    def __init__(self, content: bytes, *, breaks: int) -> None:
        super().__init__(reads=True)
        self._content, self._breaks = content, breaks
        self.starts: list[int] = []
        self.sent_bytes = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        request = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        first, last = map(int, re.findall(r"\r\nrange: bytes=(\d+)-(\d+)\r", request)[0])
        self.starts.append(first)
        body = self._content[first : last + 1]
        head = f'HTTP/1.1 206 Partial Content\r\nETag: "e"\r\nContent-Length: {len(body)}\r\n'
        head += f"Content-Range: bytes {first}-{last}/{len(self._content)}\r\nConnection: close\r\n\r\n"
        sent = body[: len(body) // 2] if len(self.starts) <= self._breaks else body
        self.sent_bytes += len(sent)
        writer.write(head.encode() + sent)
        await writer.drain()
        writer.close()


@pytest.fixture(autouse=True)
def short_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second instead of 20, whatever the size."""
    monkeypatch.setattr(object_store, "_SILENCE_SECONDS", 1.0)
    monkeypatch.setattr(object_store, "_SLOWEST_BYTES_PER_SECOND", 1 << 40)
    monkeypatch.setattr(object_store, "_READ_BYTES_PER_SECOND", 1 << 50)


@pytest.mark.parametrize("reads", [True, False])
@pytest.mark.parametrize("is_large", [False, True])
async def test_an_upload_ends_soon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reads: bool, is_large: bool
) -> None:
    """16 MiB are more than the kernel buffers for a server that does not read."""
    monkeypatch.setattr(object_store, "_MULTIPART_FROM_BYTES", (1 if is_large else 64) << 20)
    path = tmp_path / "480p.mp4"
    path.write_bytes(b"x" * (16 << 20))
    async with open_store(FrozenStore(reads=reads)) as store:
        await expect_away(store.upload(path, key="videos/output/480p.mp4"), seconds=6)


async def test_a_part_that_is_not_accepted_ends_soon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The upload was started before the store froze; dropping its parts is limited too."""
    monkeypatch.setattr(object_store, "_MULTIPART_FROM_BYTES", 1 << 20)
    begun = b"<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>"
    says = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(begun), begun)
    path = tmp_path / "480p.mp4"
    path.write_bytes(b"x" * (16 << 20))
    async with open_store(FrozenStore(reads=False, says=says)) as store:
        await expect_away(store.upload(path, key="videos/output/480p.mp4"), seconds=9)


@pytest.mark.parametrize("says", [b"", HEAD], ids=["silent", "broken off"])
async def test_a_download_and_a_look_end_soon(tmp_path: Path, says: bytes) -> None:
    async with open_store(FrozenStore(reads=True, says=says)) as store:
        whole = [ByteRange(first=0, length=SOURCE.size_bytes)]
        await expect_away(store.download_source(SOURCE, tmp_path / "source", ranges=whole), seconds=20)
        if not says:
            for call in (
                store.check_source(SOURCE),
                store.find_size("videos/output/480p.mp4"),
                store.check(),
            ):
                await expect_away(call, seconds=6)


async def test_a_read_goes_on_where_it_broke_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More breaks than tries in a row: each brings something."""
    monkeypatch.setattr(object_store, "wait_random_exponential", lambda **_: wait_none())
    content, target = random.Random(1).randbytes(SOURCE.size_bytes), tmp_path / "source"
    server = BreakingStore(content, breaks=4)
    async with open_store(server) as store:
        middle = ByteRange(first=1 << 20, length=2 << 20)
        await store.download_source(SOURCE, target, ranges=[middle])
    assert target.read_bytes() == bytes(1 << 20) + content[1 << 20 : 3 << 20] + bytes(1 << 20)
    assert server.sent_bytes == middle.length  # nothing twice
    assert len(server.starts) == 5
    assert server.starts == sorted(set(server.starts))


async def expect_away(call: Coroutine[object, object, object], *, seconds: float) -> None:
    began = time.monotonic()
    async with asyncio.timeout(60):
        with pytest.raises(StoreAway, match="store_unavailable"):
            await call
    assert time.monotonic() - began < seconds


async def test_a_timeout_after_a_failed_group_is_still_one() -> None:
    async def fail() -> None:
        raise KeyError

    with pytest.raises(KeyError):
        await run_bounded([fail(), asyncio.sleep(1)], parallelism=2)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await asyncio.sleep(1)
