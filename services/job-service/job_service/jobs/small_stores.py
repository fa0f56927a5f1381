"""Three small tables in PostgreSQL that jobs write beside their own: `deletions`, `processors`,
`dead_letters`."""

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from job_service.deletions.deletion import DeletionScope
from job_service.platform.tables import DeadLetterRow, DeletionRow, ProcessorRow
from videoforge.keys import build_job_prefix
from videoforge.messages import ProcessorReport, WaitingFor


class PostgresJobDeletions:
    def find_video_status(self, transaction: Connection, video_id: str) -> str | None:
        query = select(DeletionRow.status).where(
            DeletionRow.scope == "video", DeletionRow.target == video_id, DeletionRow.status != "done"
        )
        return transaction.execute(query).scalar_one_or_none()

    def add_prefixes(
        self,
        transaction: Connection,
        *,
        target: str,
        user_id: str,
        prefixes: Sequence[str],
        delay_seconds: float,
    ) -> None:
        due_at = func.now() + timedelta(seconds=delay_seconds)
        _add(transaction, "prefix", target=target, user_id=user_id, prefixes=list(prefixes), due_at=due_at)

    def add_leftovers(
        self, transaction: Connection, *, job_id: str, user_id: str, delay_seconds: float
    ) -> None:
        """The target is the job's id: its prefix is the target of the day when all of it is replaced."""
        prefixes = [build_job_prefix(job_id)]
        due_at = func.now() + timedelta(seconds=delay_seconds)
        _add(transaction, "leftovers", target=job_id, user_id=user_id, prefixes=prefixes, due_at=due_at)


def _add(transaction: Connection, scope: DeletionScope, **values: Any) -> None:
    statement = insert(DeletionRow).values(id=str(uuid.uuid4()), scope=scope, status="due", **values)
    transaction.execute(statement.on_conflict_do_nothing(index_elements=["target"]))


class PostgresProcessorBook:
    def note_seen(self, transaction: Connection, processor_id: str, *, task_id: str | None) -> None:
        statement = insert(ProcessorRow).values(id=processor_id, task_id=task_id)
        transaction.execute(
            statement.on_conflict_do_update(
                index_elements=["id"], set_={"last_seen_at": func.now(), "task_id": task_id}
            )
        )

    def note_report(self, transaction: Connection, report: ProcessorReport) -> None:
        state = report.model_dump(include={"waiting_for", "reasons", "room_bytes"})
        statement = insert(ProcessorRow).values(id=report.processor_id, **state)
        transaction.execute(
            statement.on_conflict_do_update(index_elements=["id"], set_={"last_seen_at": func.now(), **state})
        )

    def list_waiting(self, transaction: Connection, *, seen_within_seconds: float) -> list[WaitingFor | None]:
        since = func.now() - timedelta(seconds=seen_within_seconds)
        query = select(ProcessorRow.waiting_for).where(ProcessorRow.last_seen_at > since)
        return list(transaction.execute(query).scalars())  # type: ignore[arg-type]


class PostgresDeadLetters:
    def add(
        self, transaction: Connection, *, message_id: str, task_id: str | None, body: str, outcome: str
    ) -> None:
        statement = insert(DeadLetterRow).values(id=message_id, task_id=task_id, body=body, outcome=outcome)
        transaction.execute(statement.on_conflict_do_nothing())

    def count_of_task(self, transaction: Connection, task_id: str) -> int:
        query = select(func.count()).where(DeadLetterRow.task_id == task_id)
        return int(transaction.execute(query).scalar_one())
