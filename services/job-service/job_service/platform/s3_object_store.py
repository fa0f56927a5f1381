"""The object store, through boto3: S3 on AWS, rclone's `serve s3` on a single machine.

Two clients live as long as the process, because creating one costs 5 ms and signing with an
existing one 0.2 ms (own measurement, 2026-11-20): one talks to the store, the other only signs, for
the origin that browsers see. Where rclone differs from S3, a comment says so at that place.
"""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    PartialCredentialsError,
)

from job_service.platform.object_store import ObjectChanged, ObjectHead, ObjectMissing, StoredPart, UploadLost
from videoforge.problems import Code, Problem

if TYPE_CHECKING:
    from types_boto3_s3.client import S3Client

#: rclone hashes the whole object on the first HEAD or GET after an upload: 3.8 s for 3 GB (own
#: measurement, 2026-11-20). A shorter read timeout would fail on every big file, each attempt
#: restarting the hash.
READ_SECONDS: Final = 300
CONNECT_SECONDS: Final = 3
#: S3's DeleteObjects accepts no more keys per call.
_DELETE_BATCH: Final = 1000
_COPY_BYTES: Final = 1024 * 1024


def build_client(*, region: str, endpoint_url: str | None, max_connections: int = 32) -> "S3Client":
    """Return a client. With a custom endpoint the bucket is part of the path, not of the host
    name."""
    return boto3.session.Session().client(
        "s3",
        region_name=region,
        endpoint_url=endpoint_url or None,
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path" if endpoint_url else "virtual"},
            retries={"mode": "standard", "total_max_attempts": 4},
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            max_pool_connections=max_connections,
            # otherwise botocore adds a CRC32 trailer to every PUT, which rclone stores as part of
            # the object
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


class S3ObjectStore:
    """Every call that reaches the store raises Problem 503 `store_unavailable` when it does not
    respond; signing does not call it."""

    def __init__(
        self, bucket: str, *, region: str, endpoint_url: str | None = None, public_url: str | None = None
    ) -> None:
        self._bucket = bucket
        self._client = build_client(region=region, endpoint_url=endpoint_url)
        self._signer = build_client(region=region, endpoint_url=public_url) if public_url else self._client

    def sign_put(self, key: str, *, content_type: str, size_bytes: int, seconds: int) -> str:
        """Return a URL for one PUT of exactly this size and type; the store rejects any other."""
        return self._sign(
            "put_object", seconds=seconds, Key=key, ContentType=content_type, ContentLength=size_bytes
        )

    def sign_part(self, key: str, *, upload_id: str, part_number: int, size_bytes: int, seconds: int) -> str:
        """Return a URL for one PUT of exactly this size: otherwise a part could have 5 GiB, and an
        upload that is never completed 10,000 of them."""
        return self._sign(
            "upload_part",
            seconds=seconds,
            Key=key,
            UploadId=upload_id,
            PartNumber=part_number,
            ContentLength=size_bytes,
        )

    def sign_get(
        self, key: str, *, seconds: int, content_type: str | None = None, filename: str | None = None
    ) -> str:
        """Return a URL to read the object. The type is part of the signature because stores forget
        or guess it; `filename` makes it a download under that name (RFC 6266)."""
        extra: dict[str, Any] = {}
        if content_type:
            extra["ResponseContentType"] = content_type
        if filename:
            extra["ResponseContentDisposition"] = build_disposition(filename)
        return self._sign("get_object", seconds=seconds, Key=key, **extra)

    def sign_head(self, key: str, *, seconds: int) -> str:
        """Return a URL for HEAD, which a URL for GET does not allow."""
        return self._sign("head_object", seconds=seconds, Key=key)

    def _sign(self, operation: Any, *, seconds: int, **params: Any) -> str:
        return self._signer.generate_presigned_url(
            operation, Params={"Bucket": self._bucket, **params}, ExpiresIn=seconds
        )

    def start_multipart(self, key: str, *, content_type: str) -> str:
        with _translate_errors():
            answer = self._client.create_multipart_upload(
                Bucket=self._bucket, Key=key, ContentType=content_type
            )
        return answer["UploadId"]

    def list_parts(self, key: str, *, upload_id: str) -> list[StoredPart]:
        """Return the parts in order. Raises UploadLost."""
        pages = self._client.get_paginator("list_parts")
        with _translate_errors():
            return sorted(
                (
                    StoredPart(part_number=part["PartNumber"], etag=part["ETag"], size_bytes=part["Size"])
                    for page in pages.paginate(Bucket=self._bucket, Key=key, UploadId=upload_id)
                    for part in page.get("Parts", [])
                ),
                key=lambda part: part.part_number,
            )

    def complete_multipart(self, key: str, *, upload_id: str, parts: Sequence[StoredPart]) -> None:
        """Join the parts. The ETag of the answer is not kept: rclone's HEAD returns a different
        one."""
        with _translate_errors():
            self._client.complete_multipart_upload(
                Bucket=self._bucket,
                Key=key,
                UploadId=upload_id,
                MultipartUpload={
                    "Parts": [{"PartNumber": part.part_number, "ETag": part.etag} for part in parts]
                },
            )

    def abort_multipart(self, key: str, *, upload_id: str) -> None:
        """Abort the upload and drop its parts; does nothing if it no longer exists."""
        with contextlib.suppress(UploadLost), _translate_errors():
            self._client.abort_multipart_upload(Bucket=self._bucket, Key=key, UploadId=upload_id)

    def find_object(self, key: str) -> ObjectHead | None:
        try:
            with _translate_errors():
                head = self._client.head_object(Bucket=self._bucket, Key=key)
        except ObjectMissing:
            self.check()  # HEAD also answers 404 for a missing bucket
            return None
        version_id = head.get("VersionId")
        return ObjectHead(
            size_bytes=head["ContentLength"],
            etag=head["ETag"],
            version_id=version_id if version_id and version_id != "null" else None,
        )

    def get_bytes(self, key: str, *, limit_bytes: int) -> bytes:
        """Return a small object. Raises ObjectMissing; ValueError above the limit."""
        with _translate_errors():
            body = self._client.get_object(Bucket=self._bucket, Key=key)["Body"]
            with contextlib.closing(body):
                content = body.read(limit_bytes + 1)
        if len(content) > limit_bytes:
            raise ValueError(f"{key} has more than {limit_bytes} bytes")
        return content

    def download_range(self, key: str, *, etag: str, first: int, length: int, path: Path) -> None:
        """Write one range of the object to the same position in the file, which is created if
        missing.

        The ETag is also compared here, because rclone ignores If-Match.
        """
        with _translate_errors():
            answer = self._client.get_object(
                Bucket=self._bucket, Key=key, IfMatch=etag, Range=f"bytes={first}-{first + length - 1}"
            )
            with contextlib.closing(answer["Body"]) as body:
                if answer["ETag"] != etag:
                    raise ObjectChanged(key)
                path.touch(mode=0o600)
                with path.open("r+b") as file:
                    file.seek(first)
                    for block in body.iter_chunks(_COPY_BYTES):
                        file.write(block)
                    written = file.tell() - first
        if written != length:
            raise ObjectChanged(key)

    def put_file(self, key: str, path: Path, *, content_type: str) -> int:
        """Upload a small file as an object and return its size in bytes."""
        content = path.read_bytes()
        with _translate_errors():
            self._client.put_object(Bucket=self._bucket, Key=key, Body=content, ContentType=content_type)
        return len(content)

    def delete_object(self, key: str) -> None:
        """Delete one object; does nothing if there is none."""
        with _translate_errors():
            self._client.delete_object(Bucket=self._bucket, Key=key)

    def delete_prefix(self, prefix: str) -> int:
        """Delete until the listing below the prefix is empty; return how many were deleted.

        The listing is requested again each time, so objects that a late writer adds meanwhile are
        deleted too. If the store keeps refusing to delete a key, this ends with Problem 503.
        """
        if prefix.count("/") < (3 if prefix.endswith("/") else 4):
            raise ValueError(f"{prefix!r} is too wide to delete")
        deleted = 0
        while True:
            with _translate_errors():
                page = self._client.list_objects_v2(Bucket=self._bucket, Prefix=prefix, MaxKeys=_DELETE_BATCH)
                found = page.get("Contents", [])
            if not found:
                return deleted
            self.delete_objects([item["Key"] for item in found])
            deleted += len(found)

    def list_keys(self, prefix: str) -> list[str]:
        pages = self._client.get_paginator("list_objects_v2")
        with _translate_errors():
            return [
                item["Key"]
                for page in pages.paginate(Bucket=self._bucket, Prefix=prefix)
                for item in page.get("Contents", [])
            ]

    def delete_objects(self, keys: Sequence[str]) -> None:
        """Delete many; does nothing for those that do not exist."""
        for start in range(0, len(keys), _DELETE_BATCH):
            batch = keys[start : start + _DELETE_BATCH]
            with _translate_errors():
                answer = self._client.delete_objects(
                    Bucket=self._bucket, Delete={"Objects": [{"Key": key} for key in batch], "Quiet": True}
                )
            if answer.get("Errors"):
                raise Problem(Code.store_unavailable)

    def check(self) -> None:
        """Raise Problem 503 unless the store can reach the bucket."""
        try:
            with _translate_errors():
                self._client.head_bucket(Bucket=self._bucket)
        except ObjectMissing as error:
            raise Problem(Code.store_bucket_missing) from error


def build_disposition(filename: str) -> str:
    """Return a Content-Disposition header that saves under this name, whatever characters it
    contains (RFC 6266)."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in " ._-()") else "_" for c in filename)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"


_MISSING: Final = {"NoSuchKey", "404", "NotFound"}
#: No such bucket, or none in the configured region.
_NO_BUCKET: Final = {"NoSuchBucket", "PermanentRedirect", "301", "AuthorizationHeaderMalformed"}


@contextlib.contextmanager
def _translate_errors() -> Iterator[None]:
    """Turn botocore's errors into ours; an error that is neither missing, refused nor down is a bug
    and raised unchanged. A refusal (403) concerns our own keys: a refused URL is answered to the
    user's browser."""
    try:
        yield
    except ClientError as error:
        code = error.response["Error"].get("Code", "")
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        if code == "NoSuchUpload":
            raise UploadLost from error
        if code in _NO_BUCKET:
            raise Problem(Code.store_bucket_missing) from error
        if code in _MISSING:
            raise ObjectMissing from error
        if status == 412:
            raise ObjectChanged from error
        if status >= 500 or code in {"SlowDown", "RequestTimeout"}:
            raise Problem(Code.store_unavailable) from error
        if status == 403:
            raise Problem(Code.store_access_denied) from error
        raise
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise Problem(Code.store_access_denied) from error
    except (BotoCoreError, ConnectionError, TimeoutError) as error:
        raise Problem(Code.store_unavailable) from error
