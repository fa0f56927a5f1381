"""Jobs for tests: their ports in memory, with a clock that tests can move.

    stage = build_memory_stage()
    video_id = stage.add_source(user_id="user-1")
    job = create_job(stage.ports, NewJob(video_id=video_id, output_formats=["720p"]), requester=…)

postgres_jobs.py has the same stage over PostgreSQL, processor.py results such as a processor sends.
"""

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from job_service.jobs.ports import JobPorts, JobTransaction, PinnedSource
from job_service.outbox.message import MessageKind
from job_service.quotas.quota import Quota, Quotas
from job_service.testing.idempotency import MemoryIdempotencyKeys
from job_service.testing.job_publishers import AT_ONCE, MemoryJobMetrics, MemoryProgressStore
from job_service.testing.job_stores import (
    MemoryApiBeats,
    MemoryDeadLetters,
    MemoryJobAssets,
    MemoryJobDeletions,
    MemoryListedSegments,
    MemoryOutbox,
    MemoryProcessors,
    MemorySetAside,
)
from job_service.testing.job_tables import MemoryJobStore, MemoryTables, MemoryTaskStore
from job_service.testing.quotas import MemoryUsage
from videoforge.messages import SourceRef
from videoforge_media.ladder import PictureSize


@dataclass(frozen=True)
class MemoryStage:
    """The ports of jobs over one set of tables, and what is behind them, for tests to inspect."""

    tables: MemoryTables
    progress: MemoryProgressStore
    metrics: MemoryJobMetrics
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
        """Add a confirmed source and return its video's id."""
        video_id = video_id or str(uuid.uuid4())
        ref = SourceRef(
            s3_key=f"users/{user_id}/uploads/{video_id}/source.mp4", etag="e", size_bytes=size_bytes
        )
        self.tables.sources[video_id] = PinnedSource(
            user_id=user_id, ref=ref, picture=PictureSize(*size), duration_seconds=seconds
        )
        return video_id

    def trash(self, video_id: str) -> None:
        self.tables.deletions[video_id] = {"status": "trashed", "prefixes": []}

    def wait(self, seconds: float) -> None:
        self.tables.wait(seconds)

    def list_deletions(self) -> dict[str, list[str]]:
        return {target: row["prefixes"] for target, row in self.tables.deletions.items()}

    def list_dead_letters(self) -> dict[str, str]:
        """Return each message's outcome."""
        return {key: row["outcome"] for key, row in self.tables.dead_letters.items()}

    def list_outputs(self, video_id: str) -> list[tuple[str, str | None, str | None]]:
        """Return (kind, format, job_id) of the current outputs."""
        rows = [row for row in self.tables.outputs if row["video_id"] == video_id]
        return sorted(((row["kind"], row["format"], row["job_id"]) for row in rows), key=str)

    def list_messages(self, kind: MessageKind) -> list[Mapping[str, Any]]:
        return [row["payload"] for row in self.tables.outbox.values() if row["kind"] == kind]


@dataclass(frozen=True)
class MemoryDatabase:
    """Transactions over the memory tables: one that raises changes nothing."""

    tables: MemoryTables

    @contextmanager
    def begin(self) -> Iterator[JobTransaction]:
        with self.tables.undo_on_error():
            yield _build_transaction(self.tables)

    read = begin


def _build_transaction(tables: MemoryTables) -> JobTransaction:
    return JobTransaction(
        jobs=MemoryJobStore(tables),
        tasks=MemoryTaskStore(tables),
        listed=MemoryListedSegments(tables),
        outbox=MemoryOutbox(tables),
        assets=MemoryJobAssets(tables),
        deletions=MemoryJobDeletions(tables),
        processors=MemoryProcessors(tables),
        beats=MemoryApiBeats(tables),
        aside=MemorySetAside(tables),
        usage=MemoryUsage(tables),
        dead_letters=MemoryDeadLetters(tables),
        idempotency_keys=MemoryIdempotencyKeys(tables),
    )


def build_memory_stage() -> MemoryStage:
    tables, progress, metrics = MemoryTables(), MemoryProgressStore(), MemoryJobMetrics()
    ports = JobPorts(
        database=MemoryDatabase(tables),
        quotas=Quotas(of_user=Quota(), of_all=Quota()),
        progress=progress,
        metrics=metrics,
        show_pace=AT_ONCE,
    )
    return MemoryStage(tables=tables, progress=progress, metrics=metrics, ports=ports)
