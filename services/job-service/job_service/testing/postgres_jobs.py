"""The stage of testing/jobs.py over a real PostgreSQL, with the same methods, so that one test runs
on both."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import func, insert, select, update

from job_service.jobs.ports import JobPorts
from job_service.outbox.message import MessageKind
from job_service.platform.tables import (
    ApiBeatRow,
    DeadLetterRow,
    DeletionRow,
    JobRow,
    MediaAssetRow,
    OutboxRow,
    ProcessorRow,
    TaskRow,
)
from job_service.quotas.quota import Quota, Quotas
from job_service.testing.job_publishers import AT_ONCE, MemoryJobMetrics, MemoryProgressStore
from job_service.wiring.unit_of_work import UnitsOfWork
from videoforge_clients.postgres import PostgresClient

#: The columns that are moved back when a test lets time pass, because the database's clock cannot
#: be moved.
_TIMES: Final[Mapping[Any, tuple[str, ...]]] = {
    JobRow: ("created_at", "turn_at", "updated_at", "started_at"),
    TaskRow: (
        "created_at",
        "claimed_at",
        "leased_until",
        "not_before_at",
        "dispatched_at",
        "waiting_since_at",
    ),
    ProcessorRow: ("last_seen_at",),
    ApiBeatRow: ("last_seen_at", "gap_began_at", "gap_ended_at"),
    OutboxRow: ("next_try_at", "sent_at"),
    DeletionRow: ("due_at",),
}


@dataclass(frozen=True)
class PostgresStage:
    database: PostgresClient
    progress: MemoryProgressStore
    ports: JobPorts

    def add_source(
        self,
        *,
        user_id: str,
        video_id: str | None = None,
        seconds: float = 30,
        size_bytes: int = 1000,
        size: tuple[int, int] = (1280, 720),
    ) -> str:
        video_id = video_id or str(uuid.uuid4())
        source = insert(MediaAssetRow).values(
            id=str(uuid.uuid4()),
            video_id=video_id,
            user_id=user_id,
            kind="source",
            s3_key=f"users/{user_id}/uploads/{video_id}/source.mp4",
            size_bytes=size_bytes,
            etag="e",
            detail={"duration_seconds": seconds, "width": size[0], "height": size[1]},
        )
        with self.database.begin() as connection:
            connection.execute(source)
        return video_id

    def trash(self, video_id: str) -> None:
        with self.database.begin() as connection:
            connection.execute(
                insert(DeletionRow).values(
                    id=str(uuid.uuid4()),
                    scope="video",
                    target=video_id,
                    user_id="user-1",
                    prefixes=[],
                    status="trashed",
                    due_at=func.clock_timestamp(),
                )
            )

    def wait(self, seconds: float) -> None:
        with self.database.begin() as connection:
            for row, names in _TIMES.items():
                values = {name: getattr(row, name) - timedelta(seconds=seconds) for name in names}
                connection.execute(update(row).values(values))

    def list_messages(self, kind: MessageKind) -> list[Mapping[str, Any]]:
        query = select(OutboxRow.payload).where(OutboxRow.kind == kind).order_by(OutboxRow.id)
        with self.database.begin() as connection:
            return list(connection.execute(query).scalars())

    def list_deletions(self) -> dict[str, list[str]]:
        with self.database.begin() as connection:
            rows = connection.execute(select(DeletionRow.target, DeletionRow.prefixes))
            return {row.target: row.prefixes for row in rows}

    def list_dead_letters(self) -> dict[str, str]:
        with self.database.begin() as connection:
            rows = connection.execute(select(DeadLetterRow.id, DeadLetterRow.outcome))
            return {row.id: row.outcome for row in rows}

    def list_outputs(self, video_id: str) -> list[tuple[str, str | None, str | None]]:
        query = select(MediaAssetRow.kind, MediaAssetRow.format, MediaAssetRow.job_id).where(
            MediaAssetRow.video_id == video_id, MediaAssetRow.kind != "source"
        )
        with self.database.begin() as connection:
            return sorted(((row.kind, row.format, row.job_id) for row in connection.execute(query)), key=str)


def build_postgres_stage(url: str, *, pool_size: int = 6) -> PostgresStage:
    database, progress = (
        PostgresClient(url, application_name="test", pool_size=pool_size),
        MemoryProgressStore(),
    )
    ports = JobPorts(
        database=UnitsOfWork(database),
        quotas=Quotas(of_user=Quota(), of_all=Quota()),
        progress=progress,
        metrics=MemoryJobMetrics(),
        show_pace=AT_ONCE,
    )
    return PostgresStage(database=database, progress=progress, ports=ports)
