"""Jobs on the platform: their stores, the queue, live progress."""

from functools import partial

from job_service.admin.operations_store import PostgresOperationsBook
from job_service.admin.ports import AdminPorts
from job_service.idempotency.ports import IdempotencyPorts
from job_service.idempotency.store import PostgresIdempotencyKeys
from job_service.jobs.api_beat_store import PostgresApiBeats
from job_service.jobs.asset_store import PostgresJobAssets
from job_service.jobs.job_store import PostgresJobStore
from job_service.jobs.outlets import GalleryFeed, TaskQueue
from job_service.jobs.ports import JobPorts
from job_service.jobs.redis_progress import RedisProgressBoard
from job_service.jobs.small_stores import (
    PostgresDeadLetters,
    PostgresJobDeletions,
    PostgresProcessorBook,
)
from job_service.jobs.sqs_task_queue import SqsTaskQueue, build_sqs_client
from job_service.jobs.task_store import PostgresTaskStore
from job_service.outbox.store import PostgresOutbox
from job_service.platform.metrics import PrometheusJobTally
from job_service.platform.platform import Platform
from job_service.relaying.ports import RelayPorts
from job_service.set_aside.store import PostgresSetAside
from job_service.settings import Settings
from job_service.wiring.quotas import build_quotas


def build_jobs(platform: Platform) -> JobPorts:
    return JobPorts(
        database=platform.database,
        jobs=PostgresJobStore(),
        tasks=PostgresTaskStore(),
        outbox=PostgresOutbox(),
        assets=PostgresJobAssets(),
        deletions=PostgresJobDeletions(),
        processors=PostgresProcessorBook(),
        beats=PostgresApiBeats(),
        aside=PostgresSetAside(),
        quotas=build_quotas(platform.settings),
        board=RedisProgressBoard(platform.quiet_redis),
        tally=PrometheusJobTally(),
    )


def build_relay_ports(*, jobs: JobPorts, queue: TaskQueue, gallery: GalleryFeed) -> RelayPorts:
    return RelayPorts(jobs=jobs, queue=queue, gallery=gallery, dead_letters=PostgresDeadLetters())


def build_admin(platform: Platform, *, relay: RelayPorts) -> AdminPorts:
    return AdminPorts(
        database=platform.database,
        operations=PostgresOperationsBook(),
        jobs=relay.jobs,
        queue=relay.queue,
        relay=relay,
    )


def build_idempotency(platform: Platform) -> IdempotencyPorts:
    return IdempotencyPorts(database=platform.database, keys=PostgresIdempotencyKeys())


def build_task_queue(settings: Settings) -> SqsTaskQueue:
    build = partial(build_sqs_client, region=settings.aws_region, endpoint_url=settings.aws_endpoint_url)
    return SqsTaskQueue(
        build,
        build_counting_client=partial(build, is_for_counting=True),
        queue_url=settings.sqs_queue_url,
        dead_letter_queue_url=settings.sqs_dead_letter_queue_url,
    )
