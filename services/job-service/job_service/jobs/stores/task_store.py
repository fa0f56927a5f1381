"""Table `tasks` in PostgreSQL: leases are granted, renewed and expired by the database's clock
alone."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Final, cast

from sqlalchemy import (
    ColumnElement,
    Float,
    Interval,
    and_,
    bindparam,
    case,
    exists,
    false,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.engine import Connection
from sqlalchemy.orm import aliased

from job_service.jobs.ports import HeldTask, JobWork, Obstacle, ShowPace, Wanted
from job_service.jobs.stores.task_choice import build_choice, build_obstacle
from job_service.jobs.task import Task
from job_service.platform.tables import JobRow, OutboxRow, TaskRow
from job_service.set_aside.store import is_left_alone
from videoforge.messages import WaitingFor

_UNFINISHED: Final = ("pending", "running")
_FIXED: Final = {
    "id",
    "job_id",
    "user_id",
    "job_attempt",
    "kind",
    "chunk_index",
    "needed_bytes",
    "is_light",
    "created_at",
}
_COLUMNS: Final = [getattr(TaskRow, item.name) for item in fields(Task)]
#: clock_timestamp(), not now(): a transaction that waited for a lock must not grant a lease that
#: started before the wait.
_CLOCK: Final = func.clock_timestamp()
#: Built once: building a statement of so many columns takes longer than PostgreSQL needs for it.
_FIND: Final = select(*_COLUMNS).where(TaskRow.id == bindparam("task_id"))
_LOCK: Final = _FIND.with_for_update()
_LIST_OF_JOB: Final = (
    select(*_COLUMNS)
    .where(TaskRow.job_id == bindparam("job_id"), TaskRow.job_attempt == bindparam("job_attempt"))
    .order_by(TaskRow.kind, TaskRow.chunk_index)
)
_FIND_WORK: Final = (
    select(
        TaskRow.job_id,
        func.count(TaskRow.processor_id.distinct()).filter(TaskRow.status == "running").label("processors"),
        func.min(TaskRow.waiting_for).label("wait"),
    )
    .where(TaskRow.job_id.in_(bindparam("job_ids", expanding=True)), TaskRow.status.in_(_UNFINISHED))
    .group_by(TaskRow.job_id)
)

_WAITING: Final = aliased(TaskRow)
_IS_LIGHT_WAITING: Final = exists().where(
    _WAITING.status == "pending",
    _WAITING.is_light,
    _WAITING.not_before_at <= _CLOCK - bindparam("light", type_=Interval),
    ~is_left_alone("task", _WAITING.id),
)
_LIGHT_WAITS: Final = select(_IS_LIGHT_WAITING)
#: Everything that a report asks in one statement: whether the holder still has the task, whether
#: the job's row should take what it reports, and whether light work waits.
_FIND_HELD: Final = (
    select(
        TaskRow.job_id,
        TaskRow.leased_until,
        or_(
            JobRow.updated_at <= _CLOCK - bindparam("most", type_=Interval),
            and_(
                JobRow.updated_at <= _CLOCK - bindparam("least", type_=Interval),
                func.floor(TaskRow.progress_percent) < func.floor(bindparam("percent", type_=Float)),
            ),
        ).label("is_due"),
        _IS_LIGHT_WAITING.label("light_waits"),
    )
    .join(JobRow, JobRow.id == TaskRow.job_id)
    .where(
        TaskRow.id == bindparam("task_id"),
        TaskRow.status == "running",
        TaskRow.attempt == bindparam("attempt"),
        TaskRow.lease_token == bindparam("lease_token"),
        JobRow.status == "processing",  # from the first claim to the end
        JobRow.attempts == TaskRow.job_attempt,
    )
)


def _is_unconfirmed(confirm_seconds: float) -> ColumnElement[bool]:
    return and_(
        TaskRow.status == "running",
        TaskRow.confirmed_at.is_(None),
        TaskRow.claimed_at <= _CLOCK - timedelta(seconds=confirm_seconds),
    )


def _is_unclaimed(waited_seconds: float) -> ColumnElement[bool]:
    has_message = exists().where(
        OutboxRow.kind == "task",
        OutboxRow.sent_at.is_(None),
        OutboxRow.payload["task_id"].astext == TaskRow.id,
    )
    return and_(
        TaskRow.status == "pending",
        TaskRow.dispatched_at < _CLOCK - timedelta(seconds=waited_seconds),
        ~has_message,
        ~is_left_alone("task", TaskRow.id),
    )


class PostgresTaskStore:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def insert(self, tasks: Sequence[Task]) -> None:
        rows = [{item.name: getattr(task, item.name) for item in fields(Task)} for task in tasks]
        self._connection.execute(insert(TaskRow), rows)

    def find(self, task_id: str, *, for_update: bool = False) -> Task | None:
        query = _LOCK if for_update else _FIND
        row = self._connection.execute(query, {"task_id": task_id}).mappings().first()
        return Task(**row) if row else None

    def save(self, task: Task) -> None:
        values = {item.name: getattr(task, item.name) for item in fields(Task) if item.name not in _FIXED}
        self._connection.execute(update(TaskRow).where(TaskRow.id == task.id).values(values))

    def save_progress(self, task_id: str, *, percent: float) -> None:
        self._connection.execute(
            update(TaskRow).where(TaskRow.id == task_id).values(progress_percent=percent)
        )

    def find_held(
        self,
        task_id: str,
        *,
        attempt: int,
        lease_token: str,
        percent: float,
        pace: ShowPace,
        light_due_for_seconds: float,
    ) -> HeldTask | None:
        values = {
            "task_id": task_id,
            "attempt": attempt,
            "lease_token": lease_token,
            "percent": percent,
            "least": timedelta(seconds=pace.least_seconds),
            "most": timedelta(seconds=pace.most_seconds),
            "light": timedelta(seconds=light_due_for_seconds),
        }
        row = self._connection.execute(_FIND_HELD, values).mappings().first()
        return HeldTask(**row) if row else None

    def choose(self, wanted: Wanted) -> str | None:
        task_id: str | None = self._connection.execute(build_choice(wanted)).scalar_one_or_none()
        return task_id

    def has_light_waiting(self, *, due_for_seconds: float) -> bool:
        light = timedelta(seconds=due_for_seconds)
        return bool(self._connection.execute(_LIGHT_WAITS, {"light": light}).scalar_one())

    def find_obstacle(self, wanted: Wanted) -> Obstacle | None:
        found = self._connection.execute(build_obstacle(wanted)).scalar_one_or_none()
        return cast(Obstacle | None, found)

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

    def grant_again(self, claim_id: str, *, lease_seconds: float) -> Task | None:
        statement = (
            update(TaskRow)
            .where(TaskRow.status == "running", TaskRow.confirmed_at.is_(None), TaskRow.claim_id == claim_id)
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
        values = {"job_id": job_id, "job_attempt": job_attempt}
        return [Task(**row) for row in self._connection.execute(_LIST_OF_JOB, values).mappings()]

    def count_attempts(self, job_id: str, *, before_try: int | None = None) -> int:
        query = select(func.coalesce(func.max(TaskRow.attempt), 0)).where(TaskRow.job_id == job_id)
        if before_try is not None:
            query = query.where(TaskRow.job_attempt < before_try)
        return int(self._connection.execute(query).scalar_one())

    def find_work(self, job_ids: Sequence[str]) -> Mapping[str, JobWork]:
        if not job_ids:
            return {}
        return {
            row.job_id: JobWork(processors=row.processors, waiting_for=None if row.processors else row.wait)
            for row in self._connection.execute(_FIND_WORK, {"job_ids": list(job_ids)})
        }

    def show_waiting(
        self,
        waiting_for: WaitingFor | None,
        *,
        instead_of: Sequence[WaitingFor | None],
        task_ids: Sequence[str] | None = None,
        needs_more_than_bytes: int | None = None,
        due_for_seconds: float = 0,
        limit: int,
    ) -> list[str]:
        shown = TaskRow.waiting_for.in_([name for name in instead_of if name is not None])
        query = select(TaskRow.id).where(
            TaskRow.status == "pending",
            TaskRow.not_before_at <= _CLOCK - timedelta(seconds=due_for_seconds),
            or_(shown, TaskRow.waiting_for.is_(None)) if None in instead_of else shown,
        )
        if task_ids is not None:
            query = query.where(TaskRow.id.in_(task_ids))
        if needs_more_than_bytes is not None:
            query = query.where(TaskRow.needed_bytes > needs_more_than_bytes)
        since = func.coalesce(TaskRow.waiting_since_at, _CLOCK) if waiting_for else None
        statement = (
            update(TaskRow)
            .where(TaskRow.id.in_(query.limit(limit).with_for_update(skip_locked=True)))
            .values(waiting_for=waiting_for, waiting_since_at=since)
            .returning(TaskRow.job_id)
        )
        return sorted(set(self._connection.execute(statement).scalars()))

    def move_done(self, job_id: str, *, from_try: int, to_try: int) -> None:
        is_done = (TaskRow.job_id == job_id) & (TaskRow.job_attempt == from_try) & (TaskRow.status == "done")
        self._connection.execute(update(TaskRow).where(is_done).values(job_attempt=to_try))

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

    def count_running(self) -> int:
        query = select(func.count()).where(TaskRow.status == "running")
        return int(self._connection.execute(query).scalar_one())

    def list_unconfirmed(self, *, confirm_seconds: float, limit: int) -> list[Task]:
        query = (
            select(*_COLUMNS)
            .where(_is_unconfirmed(confirm_seconds), ~is_left_alone("task", TaskRow.id))
            .order_by(TaskRow.claimed_at)
            .limit(limit)
        )
        return [Task(**row) for row in self._connection.execute(query).mappings()]

    def list_unclaimed(self, *, waited_seconds: float, limit: int) -> list[Task]:
        query = select(*_COLUMNS).where(_is_unclaimed(waited_seconds)).order_by(TaskRow.dispatched_at)
        return [Task(**row) for row in self._connection.execute(query.limit(limit)).mappings()]

    def count_unclaimed(self) -> int:
        return int(self._connection.execute(select(func.count()).where(_is_unclaimed(0))).scalar_one())
