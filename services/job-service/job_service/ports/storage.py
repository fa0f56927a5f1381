"""The object store, and the rows of what is on its way there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from job_service.domain.upload import Upload
from job_service.ports.database import Database, Transaction
from job_service.ports.deletions import DeletionStore
from job_service.ports.jobs import PageStart
from job_service.ports.quotas import QuotaPorts


class UploadLost(Exception):
    """The store knows no such multipart upload (any more): it was completed, aborted or forgotten."""


class ObjectMissing(Exception):
    """There is no object under the key."""


class ObjectChanged(Exception):
    """The object is no longer the one that was pinned."""


@dataclass(frozen=True, kw_only=True)
class ObjectHead:
    """What the store says of an object. `version_id` is None in a store without versions."""

    size_bytes: int
    etag: str
    version_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class StoredPart:
    part_number: int
    etag: str
    size_bytes: int


class ObjectStore(Protocol):
    """Every call that reaches the store raises Problem 503 `store_unavailable` when it does not answer;
    signing reaches nothing."""

    def sign_put(self, key: str, *, content_type: str, size_bytes: int, seconds: int) -> str: ...

    def sign_part(
        self, key: str, *, upload_id: str, part_number: int, size_bytes: int, seconds: int
    ) -> str: ...

    def sign_get(
        self, key: str, *, seconds: int, content_type: str | None = None, filename: str | None = None
    ) -> str: ...

    def sign_head(self, key: str, *, seconds: int) -> str: ...

    def start_multipart(self, key: str, *, content_type: str) -> str: ...

    def list_parts(self, key: str, *, upload_id: str) -> list[StoredPart]:
        """Return the parts in order. Raises UploadLost."""

    def complete_multipart(self, key: str, *, upload_id: str, parts: Sequence[StoredPart]) -> None:
        """Join the parts. Raises UploadLost."""

    def abort_multipart(self, key: str, *, upload_id: str) -> None:
        """Drop the upload and its parts; nothing happens where it is gone already."""

    def find_object(self, key: str) -> ObjectHead | None: ...

    def get_bytes(self, key: str, *, limit_bytes: int) -> bytes:
        """Return a small object. Raises ObjectMissing; ValueError above the limit."""

    def download_range(self, key: str, *, etag: str, first: int, length: int, path: Path) -> None:
        """Write one range of the object to the same place in the file. Raises ObjectMissing and
        ObjectChanged."""

    def put_file(self, key: str, path: Path, *, content_type: str) -> int:
        """Write a small object from a file and return its size in bytes."""

    def delete_object(self, key: str) -> None:
        """Delete one object; nothing happens where there is none."""

    def delete_prefix(self, prefix: str) -> int:
        """Delete until the listing below the prefix is empty; return how many were deleted."""

    def list_keys(self, prefix: str) -> list[str]: ...

    def delete_objects(self, keys: Sequence[str]) -> None:
        """Delete many; nothing happens for those that are gone."""


class UploadStore(Protocol):
    """The table `uploads`."""

    def lock_user(self, transaction: Transaction, user_id: str) -> None:
        """Let one transaction at a time grant uploads to a user, until it ends."""

    def insert_upload(self, transaction: Transaction, upload: Upload) -> None: ...

    def find_upload(
        self, transaction: Transaction, upload_id: str, *, user_id: str, for_update: bool = False
    ) -> Upload | None:
        """Return the user's upload; a foreign one is as unknown as one that does not exist."""

    def find_by_key(
        self, transaction: Transaction, s3_key: str, *, user_id: str, for_update: bool = False
    ) -> Upload | None: ...

    def list_uploads(
        self, transaction: Transaction, *, user_id: str, after: PageStart | None, limit: int
    ) -> list[Upload]:
        """Return the uploads that can still go on, newest first."""

    def list_stale(self, transaction: Transaction, *, now: datetime, limit: int) -> list[Upload]:
        """Return uploads that are past their time and still hold something, oldest first."""

    def save_upload(self, transaction: Transaction, upload: Upload) -> None: ...


@dataclass(frozen=True, kw_only=True)
class UploadLimits:
    url_seconds: int
    upload_hours: int
    max_bytes: int


@dataclass(frozen=True, kw_only=True)
class StoragePorts:
    """All that uploading needs, wired once per process. `clock` returns aware UTC."""

    database: Database
    store: ObjectStore
    uploads: UploadStore
    deletions: DeletionStore
    quotas: QuotaPorts
    limits: UploadLimits
    clock: Callable[[], datetime]
