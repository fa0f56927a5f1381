"""What administrators read, from PostgreSQL. Counts are exact and scan their tables; these queries
are rare."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Float, Select, func, select, tuple_
from sqlalchemy.engine import Connection

from job_service.admin.operations import Backlog, FailureCount, Figures, ProcessorSeen, TaskFilter
from job_service.jobs import job as jobs
from job_service.jobs import task as tasks
from job_service.jobs.task import Task
from job_service.platform.paging import PageStart
from job_service.platform.tables import (
    DeadLetterRow,
    JobRow,
    MediaAssetRow,
    OutboxRow,
    ProcessorRow,
    SetAsideTableRow,
    TaskRow,
    UserRow,
)
from job_service.set_aside.reason import SetAsideRow

_DAY: Final = timedelta(days=1)
#: How far back failures are counted.
_FAILURE_DAYS: Final = timedelta(days=7)
_MAX_SET_ASIDE: Final = 20
_TASK_COLUMNS: Final = [getattr(TaskRow, item.name) for item in fields(Task)]
_PROCESSOR_COLUMNS: Final = [getattr(ProcessorRow, item.name) for item in fields(ProcessorSeen)]


class PostgresOperations:
    """Reads all tables of job-service; changes nothing."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def read_backlog(self) -> Backlog:
        waited = func.extract("epoch", func.now() - func.min(TaskRow.not_before_at))
        pending = self._connection.execute(
            select(func.count(), waited.cast(Float)).where(TaskRow.status == "pending")
        ).one()
        running = select(func.count()).where(TaskRow.status == "running")
        waiting = select(func.count()).where(OutboxRow.sent_at.is_(None))
        return Backlog(
            pending_tasks=pending[0],
            oldest_pending_seconds=max(0.0, round(pending[1], 1)) if pending[0] else None,
            running_tasks=self._connection.execute(running).scalar_one(),
            outbox_waiting=self._connection.execute(waiting).scalar_one(),
            dead_letters=_count(self._connection, DeadLetterRow.outcome),
            waiting_tasks=_count_waiting(self._connection),
            set_aside=_count(self._connection, SetAsideTableRow.kind),
            set_aside_rows=_list_set_aside(self._connection),
            oldest_message_seconds=_find_oldest_message(self._connection),
        )

    def read_figures(self) -> Figures:
        sources = _sum_assets(self._connection, kinds=["source"])
        outputs = _sum_assets(self._connection, kinds=["rendition", "audio"])
        ended = select(func.count()).where(JobRow.completed_at > func.now() - _DAY)
        created = select(func.count()).where(JobRow.created_at > func.now() - _DAY)
        means = self._connection.execute(
            select(
                func.avg(JobRow.metrics["queue_seconds"].astext.cast(Float)),
                func.avg(JobRow.metrics["encode_seconds"].astext.cast(Float)),
            ).where(JobRow.status == "completed", JobRow.completed_at > func.now() - _DAY)
        ).one()
        return Figures(
            users=self._connection.execute(select(func.count()).select_from(UserRow)).scalar_one(),
            videos=sources[0],
            source_bytes=sources[1],
            rendition_bytes=outputs[1],
            jobs=dict.fromkeys(jobs.STATUSES, 0) | _count(self._connection, JobRow.status),
            tasks=self.count_tasks(),
            created_last_day=self._connection.execute(created).scalar_one(),
            completed_last_day=self._connection.execute(
                ended.where(JobRow.status == "completed")
            ).scalar_one(),
            failed_last_day=self._connection.execute(ended.where(JobRow.status == "failed")).scalar_one(),
            mean_queue_seconds=means[0],
            mean_encode_seconds=means[1],
            failures=_count_failures(self._connection),
        )

    def count_tasks(self) -> Mapping[str, int]:
        return dict.fromkeys(tasks.STATUSES, 0) | _count(self._connection, TaskRow.status)

    def list_tasks(self, task_filter: TaskFilter, *, after: PageStart | None, limit: int) -> list[Task]:
        """Return the newest first."""
        wanted = {
            TaskRow.status: task_filter.status,
            TaskRow.kind: task_filter.kind,
            TaskRow.job_id: task_filter.job_id,
            TaskRow.processor_id: task_filter.processor_id,
        }
        query: Select[Any] = select(*_TASK_COLUMNS).where(
            *[column == value for column, value in wanted.items() if value is not None]
        )
        if after:
            query = query.where(tuple_(TaskRow.created_at, TaskRow.id) < (after.created_at, after.id))
        query = query.order_by(TaskRow.created_at.desc(), TaskRow.id.desc()).limit(limit)
        return [Task(**row) for row in self._connection.execute(query).mappings()]

    def list_processors(self, *, seen_within_seconds: float, limit: int) -> list[ProcessorSeen]:
        """Return the processors, last seen first."""
        query = (
            select(*_PROCESSOR_COLUMNS)
            .where(ProcessorRow.last_seen_at > func.now() - timedelta(seconds=seen_within_seconds))
            .order_by(ProcessorRow.last_seen_at.desc())
            .limit(limit)
        )
        return [ProcessorSeen(**row) for row in self._connection.execute(query).mappings()]


def _count_waiting(connection: Connection) -> dict[str, int]:
    query = (
        select(TaskRow.waiting_for, func.count())
        .where(TaskRow.status == "pending", TaskRow.waiting_for.is_not(None))
        .group_by(TaskRow.waiting_for)
    )
    return {str(row[0]): row[1] for row in connection.execute(query)}


def _find_oldest_message(connection: Connection) -> float | None:
    """Return the age of the oldest message that should have been sent; one that is not due yet does
    not count."""
    age = func.extract("epoch", func.now() - func.min(OutboxRow.created_at)).cast(Float)
    is_due = (OutboxRow.next_try_at <= func.now()) | (OutboxRow.tries > 0)
    seconds = connection.execute(select(age).where(OutboxRow.sent_at.is_(None), is_due)).scalar_one()
    return max(0.0, round(seconds, 1)) if seconds is not None else None


def _list_set_aside(connection: Connection) -> list[SetAsideRow]:
    columns = [getattr(SetAsideTableRow, item.name) for item in fields(SetAsideRow)]
    query = select(*columns).order_by(SetAsideTableRow.last_seen_at.desc()).limit(_MAX_SET_ASIDE)
    return [SetAsideRow(**row) for row in connection.execute(query).mappings()]


def _count(connection: Connection, column: Any) -> dict[str, int]:
    rows = connection.execute(select(column, func.count()).group_by(column))
    return {row[0]: row[1] for row in rows}


def _count_failures(connection: Connection) -> list[FailureCount]:
    """Return the error codes of failed jobs, most frequent first. There are only as many as our own
    codes."""
    code, count = JobRow.error["code"].astext, func.count()
    query = (
        select(code.label("code"), count.label("count"), func.max(JobRow.completed_at).label("last_at"))
        .where(JobRow.status == "failed", JobRow.completed_at > func.now() - _FAILURE_DAYS)
        .group_by(code)
        .order_by(count.desc(), code)
    )
    return [FailureCount(**row) for row in connection.execute(query).mappings()]


def _sum_assets(connection: Connection, *, kinds: list[str]) -> tuple[int, int]:
    """Return how many assets of these kinds exist, and their total bytes."""
    query = select(func.count(), func.coalesce(func.sum(MediaAssetRow.size_bytes), 0))
    row = connection.execute(query.where(MediaAssetRow.kind.in_(kinds))).one()
    return int(row[0]), int(row[1])
