"""Three small tables in PostgreSQL that jobs write beside their own: `deletions`, `processors`,
`dead_letters`."""

import uuid
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from job_service.adapters.tables import DeadLetterRow, DeletionRow, ProcessorRow


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
        statement = insert(DeletionRow).values(
            id=str(uuid.uuid4()),
            scope="prefix",
            target=target,
            user_id=user_id,
            prefixes=list(prefixes),
            status="due",
            due_at=func.now() + timedelta(seconds=delay_seconds),
        )
        transaction.execute(statement.on_conflict_do_nothing(index_elements=["target"]))


class PostgresProcessorBook:
    def note_seen(self, transaction: Connection, processor_id: str, *, task_id: str | None) -> None:
        statement = insert(ProcessorRow).values(id=processor_id, task_id=task_id)
        transaction.execute(
            statement.on_conflict_do_update(
                index_elements=["id"], set_={"last_seen_at": func.now(), "task_id": task_id}
            )
        )


class PostgresDeadLetters:
    def add(
        self, transaction: Connection, *, message_id: str, task_id: str | None, body: str, outcome: str
    ) -> None:
        statement = insert(DeadLetterRow).values(id=message_id, task_id=task_id, body=body, outcome=outcome)
        transaction.execute(statement.on_conflict_do_nothing())

    def count_of_task(self, transaction: Connection, task_id: str) -> int:
        query = select(func.count()).where(DeadLetterRow.task_id == task_id)
        return int(transaction.execute(query).scalar_one())
