"""The table `deletions` in PostgreSQL."""

import uuid
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection, Row

from job_service.deletions.deletion import Deletion, DeletionScope, DeletionStatus
from job_service.platform.tables import DeletionRow
from videoforge.keys import build_job_prefix

#: Longer than any deletion takes: no other relay picks it up meanwhile, and a killed relay's is
#: retried.
_HOLD: Final = timedelta(minutes=10)

_TABLE = DeletionRow.__table__
_COLUMNS = [_TABLE.c[name] for name in Deletion.__dataclass_fields__]


def _read(row: Row[Any]) -> Deletion:
    return Deletion(**row._mapping)


class PostgresDeletions:
    """DeletionStore."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def read_clock(self) -> datetime:
        now: datetime = self._connection.execute(select(func.clock_timestamp())).scalar_one()
        return now

    def save_intent(self, deletion: Deletion) -> None:
        """Insert the intent, or replace an earlier one for the same target, finished or not."""
        values = asdict(deletion)
        statement = insert(DeletionRow).values(**values)
        changed = {name: value for name, value in values.items() if name not in {"id", "target"}}
        self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["target"], set_={**changed, "done_at": None, "last_error": None}
            )
        )

    def save_prefix_intent(self, prefix: str, *, user_id: str, due_at: datetime) -> None:
        """Delete everything under one prefix from `due_at` on; an earlier intent stays as it is."""
        statement = insert(DeletionRow).values(
            id=str(uuid.uuid4()),
            scope="prefix",
            target=prefix,
            user_id=user_id,
            prefixes=[prefix],
            status="due",
            due_at=due_at,
        )
        self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["target"],
                set_={"status": "due", "due_at": due_at, "done_at": None, "tries": 0},
                where=_TABLE.c.status == "done",
            )
        )

    def find_intent(self, target: str) -> Deletion | None:
        """Return the intent, locked until the transaction ends."""
        query = select(*_COLUMNS).where(_TABLE.c.target == target).with_for_update()
        row = self._connection.execute(query).one_or_none()
        return _read(row) if row else None

    def list_statuses(self, targets: Sequence[str]) -> dict[str, DeletionStatus]:
        """Return the status of the unfinished deletions among these targets."""
        query = select(_TABLE.c.target, _TABLE.c.status).where(
            _TABLE.c.target.in_(targets), _TABLE.c.status != "done"
        )
        return {row.target: row.status for row in self._connection.execute(query)}

    def remove_intent(self, target: str) -> None:
        self._connection.execute(delete(DeletionRow).where(_TABLE.c.target == target))

    def claim_due(self, *, now: datetime, limit: int) -> list[Deletion]:
        """Claim due deletions, oldest first; they become `due`, and are returned again after a
        while unless they are marked."""
        ids = (
            select(_TABLE.c.id)
            .where(_TABLE.c.status != "done", _TABLE.c.due_at <= now)
            .order_by(_TABLE.c.due_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        hold = {"status": "due", "due_at": now + _HOLD}
        claimed = update(DeletionRow).where(_TABLE.c.id.in_(ids)).values(**hold).returning(*_COLUMNS)
        return [_read(row) for row in self._connection.execute(claimed)]

    def mark_done(self, deletion: Deletion, *, now: datetime) -> None:
        self._change(deletion, status="done", done_at=now, last_error=None)

    def mark_failed(self, deletion: Deletion, *, error: str, next_try_at: datetime) -> None:
        self._change(deletion, tries=deletion.tries + 1, last_error=error, due_at=next_try_at)

    def _change(self, deletion: Deletion, **values: Any) -> None:
        self._connection.execute(update(DeletionRow).where(_TABLE.c.id == deletion.id).values(**values))

    def find_video_status(self, video_id: str) -> str | None:
        query = select(DeletionRow.status).where(
            DeletionRow.scope == "video", DeletionRow.target == video_id, DeletionRow.status != "done"
        )
        return self._connection.execute(query).scalar_one_or_none()

    def add_prefixes(
        self,
        *,
        target: str,
        user_id: str,
        prefixes: Sequence[str],
        delay_seconds: float,
        can_be_withdrawn: bool = False,
    ) -> None:
        _add(
            self._connection,
            "prefix",
            target=target,
            user_id=user_id,
            prefixes=list(prefixes),
            due_at=func.now() + timedelta(seconds=delay_seconds),
            status="trashed" if can_be_withdrawn else "due",
        )

    def withdraw(self, target: str) -> bool:
        """A relay that claims the deletion at the same time makes it `due`: then this waits for it
        and finds nothing."""
        is_waiting = (_TABLE.c.target == target) & (_TABLE.c.status == "trashed")
        is_early = _TABLE.c.due_at > func.clock_timestamp()
        return bool(self._connection.execute(delete(DeletionRow).where(is_waiting, is_early)).rowcount)

    def add_leftovers(self, *, job_id: str, user_id: str, delay_seconds: float) -> None:
        """The target is the job's id, because its prefix is the target of the later deletion of the
        whole job."""
        prefixes = [build_job_prefix(job_id)]
        due_at = func.now() + timedelta(seconds=delay_seconds)
        _add(
            self._connection,
            "leftovers",
            target=job_id,
            user_id=user_id,
            prefixes=prefixes,
            due_at=due_at,
            status="due",
        )


def _add(connection: Connection, scope: DeletionScope, **values: Any) -> None:
    statement = insert(DeletionRow).values(id=str(uuid.uuid4()), scope=scope, **values)
    connection.execute(statement.on_conflict_do_nothing(index_elements=["target"]))
