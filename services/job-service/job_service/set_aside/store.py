"""Table `set_aside` in PostgreSQL: rows of other tables that sweeps skip until `next_look_at`."""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, cast, delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from job_service.platform.tables import SetAsideTableRow
from job_service.set_aside.reason import RowKind, choose_pause_seconds


def is_left_alone(kind: RowKind, row_id: Any) -> ColumnElement[bool]:
    """Return the condition that a row is set aside and not yet due for a retry."""
    return exists().where(
        SetAsideTableRow.kind == kind,
        SetAsideTableRow.row_id == cast(row_id, Text),
        SetAsideTableRow.next_look_at > func.clock_timestamp(),
    )


def list_left_alone(kind: RowKind) -> Select[str]:
    """Return the query of the same rows' ids, for statements that check many rows at once."""
    return select(SetAsideTableRow.row_id).where(
        SetAsideTableRow.kind == kind, SetAsideTableRow.next_look_at > func.now()
    )


class PostgresSetAside:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, kind: RowKind, row_id: str, *, reason: str) -> None:
        now = func.clock_timestamp()
        statement = insert(SetAsideTableRow).values(kind=kind, row_id=row_id, reason=reason, next_look_at=now)
        times = self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["kind", "row_id"],
                set_={"reason": reason, "last_seen_at": now, "times": SetAsideTableRow.times + 1},
            ).returning(SetAsideTableRow.times)
        ).scalar_one()
        pause = timedelta(seconds=choose_pause_seconds(times))
        self._connection.execute(
            update(SetAsideTableRow)
            .where(SetAsideTableRow.kind == kind, SetAsideTableRow.row_id == row_id)
            .values(next_look_at=now + pause)
        )

    def remove(self, kind: RowKind, row_id: str) -> None:
        self._connection.execute(
            delete(SetAsideTableRow).where(SetAsideTableRow.kind == kind, SetAsideTableRow.row_id == row_id)
        )
