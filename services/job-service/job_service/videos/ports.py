"""What confirming, watching and deleting videos need."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from job_service.deletions.store import PostgresDeletions
from job_service.jobs.ports import JobPorts, JobTransaction
from job_service.platform.ports import Database
from job_service.platform.s3_object_store import S3ObjectStore
from job_service.uploads.ports import UploadPorts, UploadTransaction
from job_service.videos.asset_store import PostgresMediaAssets
from job_service.videos.gallery import Gallery
from job_service.videos.media_cache import RedisMediaCache
from job_service.videos.media_inspector import DiskScratch, SandboxedInspector
from job_service.videos.media_token import MediaTokens


@dataclass(frozen=True, kw_only=True)
class VideoTransaction(UploadTransaction, JobTransaction):
    assets: PostgresMediaAssets
    deletions: PostgresDeletions


@dataclass(frozen=True, kw_only=True)
class VideoPorts:
    """Everything that confirming, watching and deleting videos need. `clock` returns an aware
    datetime in UTC; `public_url` has no trailing slash."""

    database: Database[VideoTransaction]
    uploads: UploadPorts
    store: S3ObjectStore
    gallery: Gallery
    inspector: SandboxedInspector
    scratch: DiskScratch
    cache: RedisMediaCache
    jobs: JobPorts
    tokens: MediaTokens
    clock: Callable[[], datetime]
    public_url: str
    trash_hours: float
