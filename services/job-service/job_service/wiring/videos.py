"""Videos on the platform: the gallery, the inspector, playback tokens and the tables."""

from datetime import UTC, datetime

from job_service.deletions.store import PostgresDeletions
from job_service.outbox.store import PostgresOutbox
from job_service.platform.platform import Platform
from job_service.playback.redis_cache import RedisMediaCache
from job_service.uploads.ports import StoragePorts
from job_service.videos.asset_store import PostgresMediaAssets
from job_service.videos.gallery import Gallery
from job_service.videos.gallery_client import GalleryClient
from job_service.videos.media_inspector import CagedInspector, DiskScratch
from job_service.videos.media_token import MediaTokens
from job_service.videos.ports import JobStopper, VideoPorts


def build_gallery(platform: Platform) -> GalleryClient:
    return GalleryClient(platform.settings.gallery_url, tokens=platform.service_tokens)


def build_videos(
    platform: Platform, *, storage: StoragePorts, gallery: Gallery, jobs: JobStopper
) -> VideoPorts:
    settings = platform.settings
    return VideoPorts(
        database=platform.database,
        storage=storage,
        store=storage.store,
        gallery=gallery,
        assets=PostgresMediaAssets(),
        deletions=PostgresDeletions(),
        outbox=PostgresOutbox(),
        inspector=CagedInspector(
            ffprobe_path=settings.ffprobe_path,
            newer_ffprobe_path=settings.newer_ffprobe_path,
            ffmpeg_path=settings.ffmpeg_path,
            max_duration_seconds=settings.max_duration_seconds,
        ),
        scratch=DiskScratch(settings.scratch_dir),
        cache=RedisMediaCache(platform.quiet_redis),
        jobs=jobs,
        tokens=MediaTokens(settings.media_token_key.get_secret_value()),
        clock=lambda: datetime.now(UTC),
        public_url=settings.public_url,
        trash_hours=settings.trash_hours,
    )
