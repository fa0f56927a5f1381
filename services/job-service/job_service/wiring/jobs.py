"""Jobs on the core: their stores, the queue, live progress."""

from functools import partial

from job_service.adapters.metrics import PrometheusJobTally
from job_service.adapters.postgres_api_beats import PostgresApiBeats
from job_service.adapters.postgres_idempotency import PostgresIdempotencyKeys
from job_service.adapters.postgres_job_assets import PostgresJobAssets
from job_service.adapters.postgres_job_books import (
    PostgresDeadLetters,
    PostgresJobDeletions,
    PostgresProcessorBook,
)
from job_service.adapters.postgres_job_store import PostgresJobStore
from job_service.adapters.postgres_operations import PostgresOperationsBook
from job_service.adapters.postgres_outbox import PostgresOutbox
from job_service.adapters.postgres_set_aside import PostgresSetAside
from job_service.adapters.postgres_task_store import PostgresTaskStore
from job_service.adapters.redis_progress import RedisProgressBoard
from job_service.adapters.sqs_task_queue import SqsTaskQueue, build_sqs_client
from job_service.ports.admin import AdminPorts
from job_service.ports.idempotency import IdempotencyPorts
from job_service.ports.job_outlets import GalleryFeed, TaskQueue
from job_service.ports.jobs import JobPorts
from job_service.ports.relay import RelayPorts
from job_service.settings import Settings
from job_service.wiring.core import Core
from job_service.wiring.quotas import build_quotas


def build_jobs(core: Core) -> JobPorts:
    return JobPorts(
        database=core.database,
        jobs=PostgresJobStore(),
        tasks=PostgresTaskStore(),
        outbox=PostgresOutbox(),
        assets=PostgresJobAssets(),
        deletions=PostgresJobDeletions(),
        processors=PostgresProcessorBook(),
        beats=PostgresApiBeats(),
        aside=PostgresSetAside(),
        quotas=build_quotas(core.settings),
        board=RedisProgressBoard(core.quiet_redis),
        tally=PrometheusJobTally(),
    )


def build_relay_ports(*, jobs: JobPorts, queue: TaskQueue, gallery: GalleryFeed) -> RelayPorts:
    return RelayPorts(jobs=jobs, queue=queue, gallery=gallery, dead_letters=PostgresDeadLetters())


def build_admin(core: Core, *, relay: RelayPorts) -> AdminPorts:
    return AdminPorts(
        database=core.database,
        operations=PostgresOperationsBook(),
        jobs=relay.jobs,
        queue=relay.queue,
        relay=relay,
    )


def build_idempotency(core: Core) -> IdempotencyPorts:
    return IdempotencyPorts(database=core.database, keys=PostgresIdempotencyKeys())


def build_task_queue(settings: Settings) -> SqsTaskQueue:
    build = partial(build_sqs_client, region=settings.aws_region, endpoint_url=settings.aws_endpoint_url)
    return SqsTaskQueue(
        build,
        build_counting_client=partial(build, is_for_counting=True),
        queue_url=settings.sqs_queue_url,
        dead_letter_queue_url=settings.sqs_dead_letter_queue_url,
    )
