"""Uploads on the platform: the store and its tables."""

from datetime import UTC, datetime

from job_service.deletions.store import PostgresDeletions
from job_service.platform.platform import Platform
from job_service.platform.s3_object_store import S3ObjectStore
from job_service.settings import Settings
from job_service.uploads.ports import StoragePorts, UploadLimits
from job_service.uploads.store import PostgresUploads
from job_service.wiring.quotas import build_quotas


def build_object_store(settings: Settings) -> S3ObjectStore:
    return S3ObjectStore(
        settings.s3_bucket_name,
        region=settings.aws_region,
        endpoint_url=settings.aws_endpoint_url_s3,
        public_url=settings.s3_public_url,
    )


def build_storage(platform: Platform, *, store: S3ObjectStore) -> StoragePorts:
    settings = platform.settings
    return StoragePorts(
        database=platform.database,
        store=store,
        uploads=PostgresUploads(),
        deletions=PostgresDeletions(),
        quotas=build_quotas(settings),
        limits=UploadLimits(
            url_seconds=settings.upload_url_seconds,
            upload_hours=settings.upload_hours,
            max_bytes=settings.max_upload_bytes,
        ),
        clock=lambda: datetime.now(UTC),
    )
