"""The table `deletions` in PostgreSQL."""

import uuid
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection, Row

from job_service.deletions.deletion import Deletion, DeletionStatus
from job_service.platform.tables import DeletionRow

#: Longer than any deletion takes: nobody else takes it up meanwhile, and a killed relay's comes up again.
_HOLD: Final = timedelta(minutes=10)

_TABLE = DeletionRow.__table__
_COLUMNS = [_TABLE.c[name] for name in Deletion.__dataclass_fields__]


def _read(row: Row[Any]) -> Deletion:
    return Deletion(**row._mapping)


class PostgresDeletions:
    """DeletionStore."""

    def read_clock(self, transaction: Connection) -> datetime:
        now: datetime = transaction.execute(select(func.clock_timestamp())).scalar_one()
        return now

    def save_intent(self, transaction: Connection, deletion: Deletion) -> None:
        values = asdict(deletion)
        statement = insert(DeletionRow).values(**values)
        changed = {name: value for name, value in values.items() if name not in {"id", "target"}}
        transaction.execute(
            statement.on_conflict_do_update(
                index_elements=["target"], set_={**changed, "done_at": None, "last_error": None}
            )
        )

    def save_prefix_intent(
        self, transaction: Connection, prefix: str, *, user_id: str, due_at: datetime
    ) -> None:
        statement = insert(DeletionRow).values(
            id=str(uuid.uuid4()),
            scope="prefix",
            target=prefix,
            user_id=user_id,
            prefixes=[prefix],
            status="due",
            due_at=due_at,
        )
        transaction.execute(
            statement.on_conflict_do_update(
                index_elements=["target"],
                set_={"status": "due", "due_at": due_at, "done_at": None, "tries": 0},
                where=_TABLE.c.status == "done",
            )
        )

    def find_intent(self, transaction: Connection, target: str) -> Deletion | None:
        query = select(*_COLUMNS).where(_TABLE.c.target == target).with_for_update()
        row = transaction.execute(query).one_or_none()
        return _read(row) if row else None

    def list_statuses(self, transaction: Connection, targets: Sequence[str]) -> dict[str, DeletionStatus]:
        query = select(_TABLE.c.target, _TABLE.c.status).where(
            _TABLE.c.target.in_(targets), _TABLE.c.status != "done"
        )
        return {row.target: row.status for row in transaction.execute(query)}

    def remove_intent(self, transaction: Connection, target: str) -> None:
        transaction.execute(delete(DeletionRow).where(_TABLE.c.target == target))

    def claim_due(self, transaction: Connection, *, now: datetime, limit: int) -> list[Deletion]:
        ids = (
            select(_TABLE.c.id)
            .where(_TABLE.c.status != "done", _TABLE.c.due_at <= now)
            .order_by(_TABLE.c.due_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        hold = {"status": "due", "due_at": now + _HOLD}
        claimed = update(DeletionRow).where(_TABLE.c.id.in_(ids)).values(**hold).returning(*_COLUMNS)
        return [_read(row) for row in transaction.execute(claimed)]

    def mark_done(self, transaction: Connection, deletion: Deletion, *, now: datetime) -> None:
        self._change(transaction, deletion, status="done", done_at=now, last_error=None)

    def mark_failed(
        self, transaction: Connection, deletion: Deletion, *, error: str, next_try_at: datetime
    ) -> None:
        self._change(transaction, deletion, tries=deletion.tries + 1, last_error=error, due_at=next_try_at)

    @staticmethod
    def _change(transaction: Connection, deletion: Deletion, **values: Any) -> None:
        transaction.execute(update(DeletionRow).where(_TABLE.c.id == deletion.id).values(**values))
