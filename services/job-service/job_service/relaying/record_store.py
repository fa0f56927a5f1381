"""Rows in PostgreSQL that are over: what of which table, and since when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, exists, func, or_, true
from sqlalchemy.engine import Connection
from sqlalchemy.orm import InstrumentedAttribute

from job_service.platform.tables import (
    DeadLetterRow,
    DeletionRow,
    MediaAssetRow,
    ProcessorRow,
    SetAsideTableRow,
    Table,
    UploadRow,
)
from job_service.relaying.ports import RecordKind


@dataclass(frozen=True)
class _Over:
    """Rows of a table that are over, and the column that says since when."""

    table: type[Table]
    since: InstrumentedAttribute[Any]
    condition: ColumnElement[bool]


_HAS_VIDEO: Final = exists().where(
    MediaAssetRow.video_id == UploadRow.video_id, MediaAssetRow.kind == "source"
)
_OVER: Final[Mapping[RecordKind, _Over]] = {
    "uploads": _Over(
        UploadRow,
        UploadRow.expires_at,  # the row has no later time: an upload is over then at the latest
        or_(
            UploadRow.status.in_(["aborted", "expired", "lost"]),
            (UploadRow.status == "confirmed") & ~_HAS_VIDEO,
        ),
    ),
    "deletions": _Over(DeletionRow, DeletionRow.done_at, DeletionRow.status == "done"),
    "dead_letters": _Over(DeadLetterRow, DeadLetterRow.received_at, true()),
    "set_aside": _Over(SetAsideTableRow, SetAsideTableRow.last_seen_at, true()),
    "processors": _Over(ProcessorRow, ProcessorRow.last_seen_at, true()),
}


class PostgresRecords:
    def delete_older(self, transaction: Connection, kind: RecordKind, *, than: timedelta) -> int:
        over = _OVER[kind]
        statement = delete(over.table).where(over.condition, over.since < func.now() - than)
        return transaction.execute(statement).rowcount
