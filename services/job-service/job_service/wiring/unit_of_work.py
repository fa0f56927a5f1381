"""The unit of work on PostgreSQL: one transaction with every store of job-service."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from job_service.admin.operations_store import PostgresOperations
from job_service.auth.stores.factor_store import PostgresFactors
from job_service.auth.stores.session_store import PostgresSessions
from job_service.auth.stores.sign_in_store import PostgresSignIns
from job_service.auth.stores.user_store import PostgresUsers
from job_service.deletions.store import PostgresDeletions
from job_service.idempotency.store import PostgresIdempotencyKeys
from job_service.jobs.stores.api_beat_store import PostgresApiBeats
from job_service.jobs.stores.dead_letter_store import PostgresDeadLetters
from job_service.jobs.stores.job_store import PostgresJobStore
from job_service.jobs.stores.listed_segment_store import PostgresListedSegments
from job_service.jobs.stores.processor_store import PostgresProcessors
from job_service.jobs.stores.task_store import PostgresTaskStore
from job_service.outbox.store import PostgresOutbox
from job_service.quotas.store import PostgresUsage
from job_service.relaying.record_store import PostgresRecords
from job_service.set_aside.store import PostgresSetAside
from job_service.uploads.store import PostgresUploads
from job_service.videos.asset_store import PostgresMediaAssets
from job_service.web.services import AppTransaction
from videoforge_clients.postgres import PostgresClient


@dataclass(frozen=True)
class UnitsOfWork:
    """A Database over the process's connections."""

    connections: PostgresClient

    @contextmanager
    def begin(self) -> Iterator[AppTransaction]:
        with self.connections.begin() as connection:
            yield build_transaction(connection)

    @contextmanager
    def read(self) -> Iterator[AppTransaction]:
        with self.connections.read() as connection:
            yield build_transaction(connection)


def build_transaction(connection: Connection) -> AppTransaction:
    """The stores only keep the connection, so creating all of them costs a few microseconds."""
    return AppTransaction(
        jobs=PostgresJobStore(connection),
        tasks=PostgresTaskStore(connection),
        listed=PostgresListedSegments(connection),
        outbox=PostgresOutbox(connection),
        assets=PostgresMediaAssets(connection),
        deletions=PostgresDeletions(connection),
        processors=PostgresProcessors(connection),
        beats=PostgresApiBeats(connection),
        aside=PostgresSetAside(connection),
        usage=PostgresUsage(connection),
        dead_letters=PostgresDeadLetters(connection),
        idempotency_keys=PostgresIdempotencyKeys(connection),
        uploads=PostgresUploads(connection),
        users=PostgresUsers(connection),
        sign_ins=PostgresSignIns(connection),
        sessions=PostgresSessions(connection),
        factors=PostgresFactors(connection),
        operations=PostgresOperations(connection),
        records=PostgresRecords(connection),
    )
