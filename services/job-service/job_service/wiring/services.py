"""Wires every feature: settings → the `Services` that views use."""

from functools import partial

from job_service.admin.http_mails import HttpMails
from job_service.admin.ports import AdminPorts
from job_service.jobs.ports import JobPorts
from job_service.jobs.stores.redis_progress import RedisProgressStore
from job_service.jobs.stores.sqs_task_queue import SqsTaskQueue, build_sqs_client
from job_service.platform.metrics import PrometheusJobMetrics
from job_service.platform.platform import Platform
from job_service.platform.s3_object_store import S3ObjectStore
from job_service.quotas.quota import Quota, Quotas
from job_service.relaying.ports import RelayPorts
from job_service.settings import Settings
from job_service.uploads.ports import UploadLimits, UploadPorts
from job_service.videos.gallery import Gallery
from job_service.videos.gallery_client import GalleryClient
from job_service.videos.media_cache import RedisMediaCache
from job_service.videos.media_inspector import DiskScratch, SandboxedInspector
from job_service.videos.media_token import MediaTokens
from job_service.videos.ports import VideoPorts
from job_service.web.services import Services
from job_service.wiring.auth import build_auth
from job_service.wiring.unit_of_work import UnitsOfWork
from videoforge_web.readiness import Readiness


def build_services(platform: Platform) -> Services:
    """Wire every feature; nothing connects before its first use."""
    settings, database = platform.settings, UnitsOfWork(platform.database)
    gallery = GalleryClient(settings.gallery_url, tokens=platform.service_tokens)
    uploads = _build_uploads(platform, database=database)
    jobs = _build_jobs(platform, database=database)
    queue = build_task_queue(settings)
    auth = build_auth(platform, database=database)
    relay = RelayPorts(jobs=jobs, queue=queue, gallery=gallery)
    return Services(
        platform=platform,
        readiness=Readiness(
            {
                "database": platform.database.check,
                "redis": platform.redis.ping,
                "store": uploads.store.check,
                "gallery": gallery.check,
                "queue": queue.check,
                "identity": auth.identity.check,
            },
            needed={"database", "queue", "store", "identity"},  # Redis and the gallery may be down
        ),
        database=database,
        auth=auth,
        uploads=uploads,
        videos=_build_videos(platform, database=database, uploads=uploads, gallery=gallery, jobs=jobs),
        jobs=jobs,
        queue=queue,
        relay=relay,
        admin=AdminPorts(database=database, jobs=jobs, queue=queue, relay=relay),
        mails=HttpMails(settings.mail_url, tokens=platform.service_tokens),
    )


def _build_jobs(platform: Platform, *, database: UnitsOfWork) -> JobPorts:
    return JobPorts(
        database=database,
        quotas=_build_quotas(platform.settings),
        progress=RedisProgressStore(platform.quiet_redis),
        metrics=PrometheusJobMetrics(),
    )


def build_task_queue(settings: Settings) -> SqsTaskQueue:
    build = partial(build_sqs_client, region=settings.aws_region, endpoint_url=settings.aws_endpoint_url)
    return SqsTaskQueue(
        build,
        build_counting_client=partial(build, is_for_counting=True),
        queue_url=settings.sqs_queue_url,
        dead_letter_queue_url=settings.sqs_dead_letter_queue_url,
    )


def build_object_store(settings: Settings) -> S3ObjectStore:
    return S3ObjectStore(
        settings.s3_bucket_name,
        region=settings.aws_region,
        endpoint_url=settings.aws_endpoint_url_s3,
        public_url=settings.s3_public_url,
    )


def _build_uploads(platform: Platform, *, database: UnitsOfWork) -> UploadPorts:
    settings = platform.settings
    return UploadPorts(
        database=database,
        store=build_object_store(settings),
        quotas=_build_quotas(settings),
        limits=UploadLimits(
            url_seconds=settings.upload_url_seconds,
            upload_hours=settings.upload_hours,
            max_bytes=settings.max_upload_bytes,
        ),
        clock=platform.clock,
    )


def _build_videos(
    platform: Platform, *, database: UnitsOfWork, uploads: UploadPorts, gallery: Gallery, jobs: JobPorts
) -> VideoPorts:
    settings = platform.settings
    return VideoPorts(
        database=database,
        uploads=uploads,
        store=uploads.store,
        gallery=gallery,
        inspector=SandboxedInspector(
            ffprobe_path=settings.ffprobe_path,
            newer_ffprobe_path=settings.newer_ffprobe_path,
            ffmpeg_path=settings.ffmpeg_path,
            max_duration_seconds=settings.max_duration_seconds,
        ),
        scratch=DiskScratch(settings.scratch_dir),
        cache=RedisMediaCache(platform.quiet_redis),
        jobs=jobs,
        tokens=MediaTokens(settings.media_token_key.get_secret_value()),
        clock=platform.clock,
        public_url=settings.public_url,
        trash_hours=settings.trash_hours,
    )


def _build_quotas(settings: Settings) -> Quotas:
    return Quotas(
        of_user=Quota(
            stored_bytes=settings.max_stored_bytes,
            unconfirmed_bytes=settings.max_unconfirmed_bytes,
            open_uploads=settings.max_open_uploads,
            unfinished_jobs=settings.max_queued_jobs_per_user,
        ),
        of_all=Quota(
            stored_bytes=settings.max_stored_bytes_total,
            unconfirmed_bytes=settings.max_unconfirmed_bytes_total,
            open_uploads=settings.max_open_uploads_total,
            unfinished_jobs=settings.max_queued_jobs_total,
        ),
    )
