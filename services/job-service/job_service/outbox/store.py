"""Table `outbox` in PostgreSQL.

A message is reserved by moving its next attempt into the future, in a short connection, and not by
a row lock held while it is sent: a slow receiver would keep a connection and a transaction open.
After a crash between send and mark it is sent twice, and every receiver treats the second as a
repeat.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Float, Integer, cast, delete, exists, func, insert, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection
from sqlalchemy.orm import aliased

from job_service.outbox.message import MessageKind, OutboxEntry, OutboxMessage
from job_service.platform.tables import OutboxRow
from job_service.set_aside.store import is_left_alone

_CLOCK: Final = func.clock_timestamp()


def _list_conditions(kinds: Sequence[MessageKind]) -> list[ColumnElement[bool]]:
    """Return the conditions for sending a message, except for its time."""
    earlier = aliased(OutboxRow)
    video_id = OutboxRow.payload["video_id"].astext
    has_earlier = exists().where(
        earlier.sent_at.is_(None),
        earlier.id < OutboxRow.id,
        earlier.kind.in_(kinds),
        earlier.payload["video_id"].astext == video_id,
        ~is_left_alone("message", earlier.id),
    )
    return [
        OutboxRow.sent_at.is_(None),
        OutboxRow.kind.in_(kinds),
        ~has_earlier,
        ~is_left_alone("message", OutboxRow.id),
    ]


class PostgresOutbox:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, message: OutboxMessage) -> int:
        values: dict[str, Any] = {"kind": message.kind, "payload": dict(message.payload)}
        if message.due_at is not None:
            values["next_try_at"] = message.due_at
        added = insert(OutboxRow).values(values).returning(OutboxRow.id)
        message_id: int = self._connection.execute(added).scalar_one()
        return message_id

    def add_all(self, messages: Sequence[OutboxMessage]) -> None:
        rows = [
            {"kind": message.kind, "payload": dict(message.payload), "next_try_at": message.due_at}
            for message in messages
        ]
        self._connection.execute(insert(OutboxRow), rows)

    def take_due(self, kinds: Sequence[MessageKind], *, limit: int, hold_seconds: float) -> list[OutboxEntry]:
        priority = func.coalesce(OutboxRow.payload["priority"].astext.cast(Integer), 0)
        due = (
            select(OutboxRow.id)
            .where(OutboxRow.next_try_at <= _CLOCK, *_list_conditions(kinds))
            .order_by(priority.desc(), OutboxRow.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
            .cte("due")
        )
        taken = (
            update(OutboxRow)
            .where(OutboxRow.id == due.c.id)
            .values(next_try_at=_CLOCK + timedelta(seconds=hold_seconds), tries=OutboxRow.tries + 1)
            .returning(
                OutboxRow.id, OutboxRow.kind, OutboxRow.payload, OutboxRow.tries, priority.label("rank")
            )
        )
        rows = self._connection.execute(taken).mappings().all()
        return [
            OutboxEntry(id=row["id"], kind=row["kind"], payload=row["payload"], tries=row["tries"])
            for row in sorted(rows, key=lambda row: (-row["rank"], row["id"]))
        ]

    def find_next_due(self, kinds: Sequence[MessageKind]) -> float | None:
        wait = func.extract("epoch", func.min(OutboxRow.next_try_at) - _CLOCK).cast(Float)
        seconds: float | None = self._connection.execute(
            select(wait).where(*_list_conditions(kinds))
        ).scalar_one()
        return seconds

    def set_task_priority(self, task_id: str, *, priority: int) -> None:
        ranked = OutboxRow.payload.concat(cast({"priority": priority}, JSONB))
        statement = update(OutboxRow).where(
            OutboxRow.sent_at.is_(None),
            OutboxRow.kind == "task",
            OutboxRow.payload["task_id"].astext == task_id,
        )
        self._connection.execute(statement.values(payload=ranked))

    def mark_sent(self, ids: Sequence[int]) -> None:
        self._connection.execute(update(OutboxRow).where(OutboxRow.id.in_(ids)).values(sent_at=_CLOCK))

    def put_off(self, message_id: int, *, delay_seconds: float, reason: str) -> None:
        values = {"next_try_at": _CLOCK + timedelta(seconds=delay_seconds), "last_error": reason}
        self._connection.execute(update(OutboxRow).where(OutboxRow.id == message_id).values(values))

    def delete_sent(self, *, older_than_seconds: float) -> int:
        before = _CLOCK - timedelta(seconds=older_than_seconds)
        return self._connection.execute(delete(OutboxRow).where(OutboxRow.sent_at < before)).rowcount
