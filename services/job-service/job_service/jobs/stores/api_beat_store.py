"""Table `api_beats` in PostgreSQL: one row, the heartbeat of all processes that serve the task
API."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import case, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection
from sqlalchemy.sql.dml import ReturningInsert

from job_service.jobs.api_beat import BEAT_SECONDS, SILENCE_SECONDS, ApiBeat
from job_service.platform.tables import ApiBeatRow

_NAME: Final = "task-api"
_COLUMNS: Final = (ApiBeatRow.last_seen_at, ApiBeatRow.gap_began_at, ApiBeatRow.gap_ended_at)


def _build_note() -> ReturningInsert[datetime, datetime | None, datetime | None]:
    """One clock reading for all columns, taken before any wait for the row lock: if the database
    froze in between, the next heartbeat sees a gap."""
    statement = insert(ApiBeatRow).values(name=_NAME, last_seen_at=func.clock_timestamp())
    now, seen = statement.excluded.last_seen_at, ApiBeatRow.last_seen_at
    was_silent = now > seen + timedelta(seconds=SILENCE_SECONDS)
    return statement.on_conflict_do_update(
        index_elements=["name"],
        set_={
            "last_seen_at": now,
            "gap_began_at": case((was_silent, seen), else_=ApiBeatRow.gap_began_at),
            "gap_ended_at": case((was_silent, now), else_=ApiBeatRow.gap_ended_at),
        },
        where=now > seen + timedelta(seconds=BEAT_SECONDS / 2),
    ).returning(*_COLUMNS)


#: Built once: it runs for ever, even on an idle stack.
_NOTE: Final = _build_note()


class PostgresApiBeats:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def note(self) -> ApiBeat | None:
        row = self._connection.execute(_NOTE).mappings().first()
        return ApiBeat(**row) if row else None

    def find(self) -> ApiBeat | None:
        query = select(*_COLUMNS).where(ApiBeatRow.name == _NAME)
        row = self._connection.execute(query).mappings().first()
        return ApiBeat(**row) if row else None
