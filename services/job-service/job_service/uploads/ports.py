"""The object store, and the rows of what is on its way there."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from job_service.deletions.ports import DeletionStore
from job_service.platform.object_store import ObjectStore
from job_service.platform.paging import PageStart
from job_service.platform.ports import Database, Transaction
from job_service.quotas.ports import QuotaPorts
from job_service.uploads.upload import Upload


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
