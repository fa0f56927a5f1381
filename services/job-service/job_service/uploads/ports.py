"""What uploading needs: the object store, and the rows of uploads in progress."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from job_service.deletions.store import PostgresDeletions
from job_service.platform.ports import Database
from job_service.platform.s3_object_store import S3ObjectStore
from job_service.quotas.ports import QuotaTransaction
from job_service.quotas.quota import Quotas
from job_service.set_aside.ports import SetAsideTransaction
from job_service.uploads.store import PostgresUploads


@dataclass(frozen=True, kw_only=True)
class UploadLimits:
    url_seconds: int
    upload_hours: int
    max_bytes: int


@dataclass(frozen=True, kw_only=True)
class UploadTransaction(QuotaTransaction, SetAsideTransaction):
    uploads: PostgresUploads
    deletions: PostgresDeletions


@dataclass(frozen=True, kw_only=True)
class UploadPorts:
    """Everything uploading needs, wired once per process. `clock` returns aware UTC."""

    database: Database[UploadTransaction]
    store: S3ObjectStore
    quotas: Quotas
    limits: UploadLimits
    clock: Callable[[], datetime]
