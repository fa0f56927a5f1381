"""Table `tasks` in PostgreSQL: leases are granted, renewed and expired by the database's clock
alone."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, case, exists, false, func, insert, or_, select, update
from sqlalchemy.engine import Connection

from job_service.jobs.task import Task
from job_service.platform.tables import OutboxRow, TaskRow
from job_service.set_aside.store import is_left_alone
from videoforge.messages import WaitingFor

_UNFINISHED: Final = ("pending", "running")
_FIXED: Final = {"id", "job_id", "job_attempt", "kind", "chunk_index", "created_at"}
_COLUMNS: Final = [getattr(TaskRow, item.name) for item in fields(Task)]
#: clock_timestamp(), not now(): a transaction that waited for a lock must not grant a lease that
#: started before the wait.
_CLOCK: Final = func.clock_timestamp()


def _is_unconfirmed(confirm_seconds: float) -> ColumnElement[bool]:
    return and_(
        TaskRow.status == "running",
        TaskRow.confirmed_at.is_(None),
        TaskRow.claimed_at <= _CLOCK - timedelta(seconds=confirm_seconds),
    )


class PostgresTaskStore:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def insert(self, task: Task) -> None:
        values = {item.name: getattr(task, item.name) for item in fields(Task)}
        self._connection.execute(insert(TaskRow).values(values))

    def find(self, task_id: str, *, for_update: bool = False) -> Task | None:
        query = select(*_COLUMNS).where(TaskRow.id == task_id)
        row = self._connection.execute(query.with_for_update() if for_update else query).mappings().first()
        return Task(**row) if row else None

    def save(self, task: Task) -> None:
        values = {item.name: getattr(task, item.name) for item in fields(Task) if item.name not in _FIXED}
        self._connection.execute(update(TaskRow).where(TaskRow.id == task.id).values(values))

    def save_progress(self, task_id: str, *, percent: float) -> None:
        self._connection.execute(
            update(TaskRow).where(TaskRow.id == task_id).values(progress_percent=percent)
        )

    def claim(
        self,
        task_id: str,
        *,
        processor_id: str,
        claim_id: str | None,
        lease_token: str,
        lease_seconds: float,
        confirm_seconds: float,
        max_crashes: int,
        blameless_before: datetime | None = None,
    ) -> Task | None:
        is_lost = (TaskRow.status == "running") & TaskRow.confirmed_at.is_not(None)
        is_blameless = TaskRow.leased_until < blameless_before if blameless_before else false()
        may_crash = TaskRow.crashes + 1 < max_crashes
        statement = (
            update(TaskRow)
            .where(
                TaskRow.id == task_id,
                or_(
                    (TaskRow.status == "pending") & (TaskRow.not_before_at <= _CLOCK),
                    is_lost & (TaskRow.leased_until < _CLOCK) & or_(is_blameless, may_crash),
                    _is_unconfirmed(confirm_seconds),
                ),
            )
            .values(
                status="running",
                attempt=TaskRow.attempt + 1,
                crashes=TaskRow.crashes + case((is_lost & ~is_blameless, 1), else_=0),
                lease_token=lease_token,
                leased_until=_CLOCK + timedelta(seconds=lease_seconds),
                processor_id=processor_id,
                waiting_for=None,
                claim_id=claim_id,
                claimed_at=_CLOCK,
                confirmed_at=_CLOCK if claim_id is None else None,
                started_at=func.coalesce(TaskRow.started_at, _CLOCK),
            )
            .returning(*_COLUMNS)
        )
        row = self._connection.execute(statement).mappings().first()
        return Task(**row) if row else None

    def grant_again(self, task_id: str, *, claim_id: str, lease_seconds: float) -> Task | None:
        statement = (
            update(TaskRow)
            .where(TaskRow.id == task_id, TaskRow.status == "running", TaskRow.claim_id == claim_id)
            .values(leased_until=_CLOCK + timedelta(seconds=lease_seconds), claimed_at=_CLOCK)
            .returning(*_COLUMNS)
        )
        row = self._connection.execute(statement).mappings().first()
        return Task(**row) if row else None

    def renew(self, task_id: str, *, attempt: int, lease_token: str, lease_seconds: float) -> Task | None:
        statement = (
            update(TaskRow)
            .where(
                TaskRow.id == task_id,
                TaskRow.status == "running",
                TaskRow.attempt == attempt,
                TaskRow.lease_token == lease_token,
            )
            .values(
                leased_until=_CLOCK + timedelta(seconds=lease_seconds),
                confirmed_at=func.coalesce(TaskRow.confirmed_at, _CLOCK),
            )
            .returning(*_COLUMNS)
        )
        row = self._connection.execute(statement).mappings().first()
        return Task(**row) if row else None

    def list_of_job(self, job_id: str, *, job_attempt: int) -> list[Task]:
        query = (
            select(*_COLUMNS)
            .where(TaskRow.job_id == job_id, TaskRow.job_attempt == job_attempt)
            .order_by(TaskRow.kind, TaskRow.chunk_index)
        )
        return [Task(**row) for row in self._connection.execute(query).mappings()]

    def count_attempts(self, job_id: str, *, before_try: int | None = None) -> int:
        query = select(func.coalesce(func.max(TaskRow.attempt), 0)).where(TaskRow.job_id == job_id)
        if before_try is not None:
            query = query.where(TaskRow.job_attempt < before_try)
        return int(self._connection.execute(query).scalar_one())

    def find_waiting(self, job_ids: Sequence[str]) -> Mapping[str, WaitingFor]:
        if not job_ids:
            return {}
        query = (
            select(TaskRow.job_id, func.min(TaskRow.waiting_for).label("waiting_for"))
            .where(TaskRow.job_id.in_(job_ids), TaskRow.status.in_(_UNFINISHED))
            .group_by(TaskRow.job_id)
            .having(func.count().filter(TaskRow.status == "running") == 0)
        )
        return {row.job_id: row.waiting_for for row in self._connection.execute(query) if row.waiting_for}

    def show_waiting(
        self,
        waiting_for: WaitingFor | None,
        *,
        instead_of: Sequence[WaitingFor | None],
        task_ids: Sequence[str] | None = None,
        limit: int,
    ) -> list[str]:
        shown = TaskRow.waiting_for.in_([name for name in instead_of if name is not None])
        query = select(TaskRow.id).where(
            TaskRow.status == "pending",
            TaskRow.not_before_at <= _CLOCK,
            or_(shown, TaskRow.waiting_for.is_(None)) if None in instead_of else shown,
        )
        if task_ids is not None:
            query = query.where(TaskRow.id.in_(task_ids))
        since = func.coalesce(TaskRow.waiting_since_at, _CLOCK) if waiting_for else None
        statement = (
            update(TaskRow)
            .where(TaskRow.id.in_(query.limit(limit).with_for_update(skip_locked=True)))
            .values(waiting_for=waiting_for, waiting_since_at=since)
            .returning(TaskRow.job_id)
        )
        return sorted(set(self._connection.execute(statement).scalars()))

    def cancel_of_job(self, job_id: str) -> int:
        statement = (
            update(TaskRow)
            .where(TaskRow.job_id == job_id, TaskRow.status.in_(_UNFINISHED))
            .values(status="cancelled", finished_at=_CLOCK, leased_until=None)
        )
        return self._connection.execute(statement).rowcount

    def has_open(self) -> bool:
        """Two queries, each on a partial index that holds only these rows."""
        waits, runs = (exists().where(TaskRow.status == status) for status in _UNFINISHED)
        return bool(self._connection.execute(select(or_(waits, runs))).scalar_one())

    def list_expired(self, *, grace_seconds: float, limit: int) -> list[Task]:
        query = (
            select(*_COLUMNS)
            .where(
                TaskRow.status == "running",
                TaskRow.leased_until < _CLOCK - timedelta(seconds=grace_seconds),
                ~is_left_alone("task", TaskRow.id),
            )
            .order_by(TaskRow.leased_until)
            .limit(limit)
        )
        return [Task(**row) for row in self._connection.execute(query).mappings()]

    def list_unconfirmed(self, *, confirm_seconds: float, limit: int) -> list[Task]:
        query = (
            select(*_COLUMNS)
            .where(_is_unconfirmed(confirm_seconds), ~is_left_alone("task", TaskRow.id))
            .order_by(TaskRow.claimed_at)
            .limit(limit)
        )
        return [Task(**row) for row in self._connection.execute(query).mappings()]

    def list_unclaimed(self, *, waited_seconds: float, limit: int) -> list[Task]:
        has_message = exists().where(
            OutboxRow.kind == "task",
            OutboxRow.sent_at.is_(None),
            OutboxRow.payload["task_id"].astext == TaskRow.id,
        )
        query = (
            select(*_COLUMNS)
            .where(
                TaskRow.status == "pending",
                TaskRow.dispatched_at < _CLOCK - timedelta(seconds=waited_seconds),
                ~has_message,
                ~is_left_alone("task", TaskRow.id),
            )
            .order_by(TaskRow.dispatched_at)
            .limit(limit)
        )
        return [Task(**row) for row in self._connection.execute(query).mappings()]
