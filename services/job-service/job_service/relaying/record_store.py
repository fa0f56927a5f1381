"""Rows in PostgreSQL that are no longer needed: which rows of which table, and since when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal

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

RecordKind = Literal["uploads", "deletions", "dead_letters", "processors", "set_aside"]


@dataclass(frozen=True)
class _Over:
    """The rows of a table that are no longer needed, and the column that says since when."""

    table: type[Table]
    since: InstrumentedAttribute[Any]
    condition: ColumnElement[bool]


_HAS_VIDEO: Final = exists().where(
    MediaAssetRow.video_id == UploadRow.video_id, MediaAssetRow.kind == "source"
)
_OVER: Final[Mapping[RecordKind, _Over]] = {
    "uploads": _Over(
        UploadRow,
        UploadRow.expires_at,  # the row's latest time: the upload has ended by then
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
    """Rows that are only history: uploads that ended without a video, or whose video is gone;
    finished deletions; dead letters; rows once set aside; processors not seen lately."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def delete_older(self, kind: RecordKind, *, than: timedelta) -> int:
        """Delete the rows of this kind that have been over for longer than that; return how
        many."""
        over = _OVER[kind]
        statement = delete(over.table).where(over.condition, over.since < func.now() - than)
        return self._connection.execute(statement).rowcount
