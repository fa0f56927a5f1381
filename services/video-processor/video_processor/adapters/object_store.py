"""The S3 bucket of sources and outputs, through aiobotocore.

Large objects are transferred in parallel ranges: one connection to S3 gives 50–90 MB/s on any
machine. A source is only read as pinned: every range's ETag must be the pinned one, so that an
object replaced during a download is detected. Nothing depends on object metadata (the local store
drops it).

Each call has its own time limit (`_within`), which includes botocore's retries: a frozen store
accepts connections and bodies and never answers, and botocore's timeout only starts once a body is
sent. The attempt then visibly waits for an unavailable store, instead of hanging under a lease that
keeps being renewed.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import aiohttp
from aiobotocore.config import AioConfig
from botocore.exceptions import BotoCoreError, ClientError
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_random_exponential

from video_processor.adapters.store_errors import build_no_bucket, translate_errors
from video_processor.bounded import run_bounded
from video_processor.errors import (
    ObjectChanged,
    ObjectMissing,
    StoreAway,
)
from videoforge.logs import get_logger
from videoforge.messages import SourceRef
from videoforge.problem_codes import Code
from videoforge_media.byte_ranges import ByteRange, count_bytes

if TYPE_CHECKING:
    from types_aiobotocore_s3.client import S3Client

log = get_logger("S3")

_RANGE_BYTES: Final = 16 << 20
_COPY_BYTES: Final = 1 << 20
_TRIES_WITHOUT_GAIN: Final = 3
#: a store that freezes may send a few packets first
_GAIN_BYTES: Final = 256 << 10
_MULTIPART_FROM_BYTES: Final = 64 << 20
#: S3 accepts at most 10,000 parts; 16 MiB parts reach 156 GiB
_PART_BYTES: Final = 16 << 20
#: Time to drop an upload's parts when its task has to end at once; the bucket's lifecycle rule
#: removes the rest.
_ABORT_SECONDS: Final = 2.0
#: How long the store may be silent. A busy store answers within a few seconds.
_SILENCE_SECONDS: Final = 20.0
#: The slowest connection that is tolerated; at this rate a rendition of 8 Mbps uploads about as
#: fast as it plays.
_SLOWEST_BYTES_PER_SECOND: Final = 1 << 20
#: The local store hashes an object at its first HEAD or GET, and joins parts by copying: 3.8 s for
#: 3 GB (measured), a quarter of that speed on a busy machine.
_READ_BYTES_PER_SECOND: Final = 200_000_000
#: The most that may have to be hashed if only the store knows an object's size: six hours at 8 Mbps
#: are 22 GB.
_LARGEST_OUTPUT_BYTES: Final = 22_000_000_000
_CONTENT_TYPES: Final = {
    ".m4s": "video/iso.segment",
    ".mp4": "video/mp4",
    ".m3u8": "application/vnd.apple.mpegurl",
    ".vtt": "text/vtt",
    ".jpg": "image/jpeg",
}


def build_s3_config(*, has_endpoint: bool) -> AioConfig:
    """Return the client's settings. The read timeout is long, since the acceptable wait depends on
    the object: each call has its own limit."""
    return AioConfig(
        signature_version="s3v4",
        s3={"addressing_style": "path" if has_endpoint else "auto"},
        retries={"mode": "standard", "total_max_attempts": 4},
        connect_timeout=3,
        read_timeout=120,
        max_pool_connections=64,
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )


@dataclass(frozen=True)
class _Window:
    """`size` bytes from `start`, of an object of `total` bytes."""

    start: int
    size: int
    total: int

    @property
    def header(self) -> str:
        return f"bytes={self.start}-{self.start + self.size - 1}"


@asynccontextmanager
async def _within(key: str, *, sent_bytes: int = 0, stored_bytes: int = 0) -> AsyncIterator[None]:
    """Translate the store's errors, and raise StoreAway if the call takes longer than one may that
    transfers `sent_bytes` of an object of `stored_bytes`."""
    seconds = (
        _SILENCE_SECONDS + sent_bytes / _SLOWEST_BYTES_PER_SECOND + stored_bytes / _READ_BYTES_PER_SECOND
    )
    with translate_errors(key):
        async with asyncio.timeout(seconds):
            yield


def _log_retry(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    log.warning("retrying a download", attempt=state.attempt_number, reason=str(error))


class _StopWithoutGain:
    """Tells tenacity to give up after three tries in a row that brought next to nothing."""

    def __init__(self, measure: Callable[[], int]) -> None:
        self._measure = measure
        self._best = 0
        self._tries = 0

    def __call__(self, state: RetryCallState) -> bool:
        done = self._measure()
        self._tries = 1 if done - self._best >= _GAIN_BYTES else self._tries + 1
        self._best = done
        return self._tries >= _TRIES_WITHOUT_GAIN


class S3ObjectStore:
    """Implements the ObjectStore port. `parallelism` bounds the ranges and parts in flight of one
    transfer."""

    def __init__(self, client: "S3Client", *, bucket: str, parallelism: int) -> None:
        self._client = client
        self._bucket = bucket
        self._parallelism = parallelism

    async def check(self) -> None:
        try:
            async with _within(self._bucket):
                await self._client.head_bucket(Bucket=self._bucket)
        except ObjectMissing as error:  # a HEAD's 404 has no body to tell what is missing
            raise build_no_bucket() from error

    async def download_source(self, source: SourceRef, target: Path, *, ranges: Sequence[ByteRange]) -> None:
        pinned, started_at = _build_version(source), time.monotonic()

        async def fetch(start: int, size: int) -> None:
            window = _Window(start=start, size=size, total=source.size_bytes)
            await self._read_range(
                source.s3_key, target, window=window, at=start, etag=source.etag, extra=pinned
            )

        with target.open("r+b" if target.exists() else "wb") as file:
            file.truncate(source.size_bytes)
        pieces = [
            (part.first + start, size) for part in ranges for start, size in _split(part.length, _RANGE_BYTES)
        ]
        await run_bounded((fetch(*each) for each in pieces), parallelism=self._parallelism)
        log.info(
            "source downloaded",
            size_bytes=count_bytes(ranges),
            requests=len(pieces),
            seconds=round(time.monotonic() - started_at, 3),
        )

    async def check_source(self, source: SourceRef) -> None:
        async with _within(source.s3_key, stored_bytes=source.size_bytes):
            answer = await self._client.head_object(
                Bucket=self._bucket, Key=source.s3_key, **_build_version(source)
            )
        if not _is_etag(answer["ETag"], source.etag) or answer["ContentLength"] != source.size_bytes:
            raise ObjectChanged(source.s3_key)

    async def read_into(self, key: str, target: Path, *, offset: int, size_bytes: int) -> None:
        window = _Window(start=0, size=size_bytes, total=size_bytes)
        await self._read_range(key, target, window=window, at=offset)
        log.debug("object downloaded", key=key, size_bytes=size_bytes)

    async def _read_range(
        self,
        key: str,
        target: Path,
        *,
        window: _Window,
        at: int,
        etag: str | None = None,
        extra: dict[str, Any] | None = None,
    ) -> None:
        """Copy part of an object into the file, starting at byte `at` of the file. botocore retries
        requests, but not an interrupted body: reading goes on where the body broke off, and is
        given up after three tries in a row that brought next to nothing."""
        done = 0

        async def read_on() -> None:
            nonlocal done
            left = replace(window, start=window.start + done, size=window.size - done)
            async with self._open_range(key, window=left, etag=etag, extra=extra) as body:
                async for count in _copy(body, target, at=at + done):
                    done += count
            if done != window.size:
                raise StoreAway(
                    Code.store_unavailable, f"{key}: only {done} of {window.size} bytes were received"
                )

        tries = AsyncRetrying(
            retry=retry_if_exception_type(StoreAway),
            stop=_StopWithoutGain(lambda: done),
            wait=wait_random_exponential(max=5),
            before_sleep=_log_retry,
            reraise=True,
        )
        await tries(read_on)

    @asynccontextmanager
    async def _open_range(
        self, key: str, *, window: _Window, etag: str | None, extra: dict[str, Any] | None
    ) -> AsyncIterator[Any]:
        """Yield the body of a range. Raises ObjectChanged unless it is of the pinned object."""
        async with _within(key, stored_bytes=window.total):
            answer = await self._client.get_object(
                Bucket=self._bucket, Key=key, Range=window.header, **(extra or {})
            )
        async with _within(key, sent_bytes=window.size), answer["Body"] as body:
            if etag is not None and not _is_etag(answer["ETag"], etag):
                raise ObjectChanged(key)
            if not answer.get("ContentRange", "").endswith(f"/{window.total}"):
                raise ObjectChanged(key)
            yield body

    async def upload(self, path: Path, *, key: str) -> int:
        size = path.stat().st_size
        kind = _CONTENT_TYPES.get(path.suffix, "application/octet-stream")
        if size < _MULTIPART_FROM_BYTES:
            body = await asyncio.to_thread(path.read_bytes)
            async with _within(key, sent_bytes=size):
                await self._client.put_object(Bucket=self._bucket, Key=key, Body=body, ContentType=kind)
        else:
            await self._upload_parts(path, key=key, size=size, kind=kind)
        log.debug("object uploaded", key=key, size_bytes=size)
        return size

    async def _upload_parts(self, path: Path, *, key: str, size: int, kind: str) -> None:
        async with _within(key):
            created = await self._client.create_multipart_upload(
                Bucket=self._bucket, Key=key, ContentType=kind
            )
        upload = {"Bucket": self._bucket, "Key": key, "UploadId": created["UploadId"]}
        try:
            etags = await run_bounded(
                (
                    self._upload_part(path, number=number, start=start, size=length, upload=upload)
                    for number, (start, length) in enumerate(_split(size, _PART_BYTES), start=1)
                ),
                parallelism=self._parallelism,
            )
            parts = [{"PartNumber": number, "ETag": etag} for number, etag in enumerate(etags, start=1)]
            async with _within(key, stored_bytes=size):
                await self._client.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})  # type: ignore[arg-type, typeddict-item]
        except BaseException:
            await asyncio.shield(self._abort(upload))
            raise

    async def _upload_part(
        self, path: Path, *, number: int, start: int, size: int, upload: dict[str, str]
    ) -> str:
        body = await asyncio.to_thread(_read_slice, path, start, size)
        async with _within(upload["Key"], sent_bytes=size):
            answer = await self._client.upload_part(**upload, PartNumber=number, Body=body)  # type: ignore[arg-type]
        return answer["ETag"]

    async def _abort(self, upload: dict[str, str]) -> None:
        """Drop the parts; if this fails too, the bucket's lifecycle rule removes them."""
        try:
            async with asyncio.timeout(_ABORT_SECONDS):
                await self._client.abort_multipart_upload(**upload)  # type: ignore[arg-type]
        except (ClientError, BotoCoreError, aiohttp.ClientError, OSError):
            return

    async def find_size(self, key: str) -> int | None:
        try:
            async with _within(key, stored_bytes=_LARGEST_OUTPUT_BYTES):
                answer = await self._client.head_object(Bucket=self._bucket, Key=key)
        except ObjectMissing:
            return None
        return answer["ContentLength"]


def _build_version(source: SourceRef) -> dict[str, Any]:
    return {"VersionId": source.version_id} if source.version_id else {}


def _is_etag(found: str, pinned: str) -> bool:
    return found.strip('"') == pinned.strip('"')


def _split(size: int, step: int) -> list[tuple[int, int]]:
    return [(start, min(step, size - start)) for start in range(0, size, step)]


def _read_slice(path: Path, start: int, size: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return file.read(size)


async def _copy(body: Any, target: Path, *, at: int) -> AsyncIterator[int]:
    """Write a body into the file from byte `at` on, and yield the size of each piece written."""
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        async for chunk in body.iter_chunks(_COPY_BYTES):
            os.pwrite(descriptor, chunk, at)
            at += len(chunk)
            yield len(chunk)
    finally:
        os.close(descriptor)
