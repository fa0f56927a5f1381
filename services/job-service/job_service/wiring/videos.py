"""Videos on the core: the gallery, the inspector, playback tokens and the tables."""

from datetime import UTC, datetime

from job_service.adapters.gallery_client import GalleryClient
from job_service.adapters.media_inspector import CagedInspector, DiskScratch
from job_service.adapters.postgres_deletions import PostgresDeletions
from job_service.adapters.postgres_media_assets import PostgresMediaAssets
from job_service.adapters.postgres_outbox import PostgresOutbox
from job_service.adapters.redis_media_cache import RedisMediaCache
from job_service.domain.media_token import MediaTokens
from job_service.ports.gallery import Gallery
from job_service.ports.storage import StoragePorts
from job_service.ports.videos import JobStopper, VideoPorts
from job_service.wiring.core import Core


def build_gallery(core: Core) -> GalleryClient:
    return GalleryClient(core.settings.gallery_url, tokens=core.service_tokens)


def build_videos(core: Core, *, storage: StoragePorts, gallery: Gallery, jobs: JobStopper) -> VideoPorts:
    settings = core.settings
    return VideoPorts(
        database=core.database,
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
        cache=RedisMediaCache(core.quiet_redis),
        jobs=jobs,
        tokens=MediaTokens(settings.media_token_key.get_secret_value()),
        clock=lambda: datetime.now(UTC),
        public_url=settings.public_url,
        trash_hours=settings.trash_hours,
    )
