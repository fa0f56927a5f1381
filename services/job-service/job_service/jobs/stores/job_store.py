"""Table `jobs` in PostgreSQL. A row is a Job, column by column; `options` and `plan` are JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError
from sqlalchemy import ColumnElement, RowMapping, bindparam, func, insert, select, tuple_, update
from sqlalchemy.engine import Connection

from job_service.jobs.job import Job, OtherVersion
from job_service.jobs.job_parts import JobError, JobMetrics, JobRendition, JobSkipped
from job_service.jobs.ports import JobFilter
from job_service.platform.paging import PageStart
from job_service.platform.tables import JobRow
from videoforge.encode_options import EncodeOptions
from videoforge.logs import get_logger
from videoforge.messages import JobWarning, Plan

_UNFINISHED: Final = ("pending", "processing")
Json = TypeVar("Json", bound=BaseModel)

_log = get_logger("JOB")

#: Columns that never change once a job is written, or that the database sets.
_FIXED: Final = {"id", "video_id", "user_id", "batch_id", "source_seconds", "created_at", "updated_at"}
_COLUMNS: Final = [getattr(JobRow, item.name) for item in fields(Job)]
#: Built once: building a statement of so many columns takes longer than PostgreSQL needs for it.
_FIND: Final = select(*_COLUMNS).where(JobRow.id == bindparam("job_id"))
_LOCK: Final = _FIND.with_for_update()
_ORDER: Final = (JobRow.priority.desc(), JobRow.created_at, JobRow.id)
_QUEUE: Final = (
    select(JobRow.id, (func.row_number().over(order_by=_ORDER) - 1).label("ahead"))
    .where(JobRow.status == "pending")
    .subquery()
)
_FIND_POSITIONS: Final = select(_QUEUE.c.id, _QUEUE.c.ahead).where(
    _QUEUE.c.id.in_(bindparam("job_ids", expanding=True))
)


class PostgresJobStore:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def read_clock(self) -> datetime:
        now: datetime = self._connection.execute(select(func.clock_timestamp())).scalar_one()
        return now

    def insert(self, job: Job) -> None:
        self._connection.execute(insert(JobRow).values(_write(job)))

    def find(self, job_id: str, *, for_update: bool = False) -> Job | None:
        query = _LOCK if for_update else _FIND
        row = self._connection.execute(query, {"job_id": job_id}).mappings().first()
        return _read(row) if row else None

    def find_unlocked(self, job_id: str) -> Job | None:
        query = select(*_COLUMNS).where(JobRow.id == job_id).with_for_update(skip_locked=True)
        row = self._connection.execute(query).mappings().first()
        return _read(row) if row else None

    def save(self, job: Job) -> None:
        changeable = {name: value for name, value in _write(job).items() if name not in _FIXED}
        values = changeable | {"updated_at": func.now()}
        self._connection.execute(update(JobRow).where(JobRow.id == job.id).values(values))

    def save_progress(self, job: Job) -> None:
        values = {
            "phase": job.phase,
            "progress_percent": job.progress_percent,
            "renditions": _write_value(job.renditions),
            "updated_at": func.now(),
        }
        self._connection.execute(update(JobRow).where(JobRow.id == job.id).values(values))

    def save_playable(self, job: Job) -> None:
        values = {
            "playable_seconds": job.playable_seconds,
            "renditions": _write_value(job.renditions),
            "updated_at": func.now(),
        }
        self._connection.execute(update(JobRow).where(JobRow.id == job.id).values(values))

    def list_playable(self, video_ids: Sequence[str]) -> list[Job]:
        if not video_ids:
            return []
        query = (
            select(*_COLUMNS)
            .where(JobRow.video_id.in_(video_ids), JobRow.status == "processing", JobRow.playable_seconds > 0)
            .order_by(JobRow.created_at, JobRow.id)
        )
        return [_read(row) for row in self._connection.execute(query).mappings()]

    def list_page(self, job_filter: JobFilter, *, after: PageStart | None, limit: int) -> list[Job]:
        query = select(*_COLUMNS).where(*_build_conditions(job_filter))
        if after:
            query = query.where(tuple_(JobRow.created_at, JobRow.id) < (after.created_at, after.id))
        query = query.order_by(JobRow.created_at.desc(), JobRow.id.desc()).limit(limit)
        return [_read(row) for row in self._connection.execute(query).mappings()]

    def list_unfinished_of_video(self, video_id: str, *, for_update: bool = False) -> list[Job]:
        query = (
            select(*_COLUMNS)
            .where(JobRow.video_id == video_id, JobRow.status.in_(_UNFINISHED))
            .order_by(JobRow.id)  # always the same order, so that two callers cannot deadlock
        )
        rows = self._connection.execute(query.with_for_update() if for_update else query).mappings()
        return [_read(row) for row in rows]

    def lock_user(self, user_id: str) -> None:
        _lock(self._connection, f"jobs of user {user_id}")

    def lock_video(self, video_id: str) -> None:
        _lock(self._connection, f"jobs of video {video_id}")

    def find_queue_positions(self, job_ids: Sequence[str]) -> Mapping[str, int]:
        if not job_ids:
            return {}
        rows = self._connection.execute(_FIND_POSITIONS, {"job_ids": list(job_ids)})
        return {row.id: int(row.ahead) for row in rows}


def _lock(connection: Connection, name: str) -> None:
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


def _build_conditions(job_filter: JobFilter) -> list[ColumnElement[bool]]:
    wanted = {
        JobRow.user_id: job_filter.user_id,
        JobRow.status: job_filter.status,
        JobRow.video_id: job_filter.video_id,
        JobRow.batch_id: job_filter.batch_id,
    }
    return [column == value for column, value in wanted.items() if value is not None]


def _write(job: Job) -> dict[str, Any]:
    values = {item.name: _write_value(getattr(job, item.name)) for item in fields(Job)}
    return values | {"turn_at": job.turn_at}


def _write_value(value: Any) -> Any:
    if isinstance(value, OtherVersion):
        return value.raw
    if isinstance(value, list):
        return [_write_value(item) for item in value]
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else value


def _read_json(model: type[Json], raw: Any) -> Json | OtherVersion:
    """One row written by another version must not make the whole list fail."""
    try:
        return model.model_validate(raw)
    except ValidationError:
        return OtherVersion(raw=raw)


def _read(row: RowMapping) -> Job:
    plan = None if row["plan"] is None else _read_json(Plan, row["plan"])
    error, metrics = _read_known(JobError, [row["error"]]), _read_known(JobMetrics, [row["metrics"]])
    read = {
        "plan": plan,
        "options": _read_json(EncodeOptions, row["options"]),
        "skipped": _read_known(JobSkipped, row["skipped"]),
        "renditions": _read_known(JobRendition, row["renditions"]),
        "warnings": _read_known(JobWarning, row["warnings"]),
        "error": error[0] if error else None,
        "metrics": metrics[0] if metrics else JobMetrics(),
    }
    return Job(**(dict(row) | read))


def _read_known(model: type[Json], items: Sequence[Any]) -> list[Json]:
    """Return the items that this version knows. They are only displayed, so it is better to leave
    one out than to fail a whole list of jobs because of one of them."""
    found = [_read_json(model, item) for item in items if item is not None]
    known = [item for item in found if not isinstance(item, OtherVersion)]
    if len(known) < len(found):
        _log.warning("a part of a job cannot be read", part=model.__name__)
    return known
