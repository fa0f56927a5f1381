"""Table `processors` in PostgreSQL."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from job_service.platform.tables import ProcessorRow
from videoforge.messages import ProcessorReport, WaitingFor


class PostgresProcessors:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def note_seen(self, processor_id: str, *, task_id: str | None) -> None:
        statement = insert(ProcessorRow).values(id=processor_id, task_id=task_id)
        self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["id"], set_={"last_seen_at": func.now(), "task_id": task_id}
            )
        )

    def note_report(self, report: ProcessorReport) -> None:
        state = report.model_dump(include={"waiting_for", "reasons", "room_bytes"})
        statement = insert(ProcessorRow).values(id=report.processor_id, **state)
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["id"], set_={"last_seen_at": func.now(), **state})
        )

    def list_waiting(self, *, seen_within_seconds: float) -> list[WaitingFor | None]:
        since = func.now() - timedelta(seconds=seen_within_seconds)
        query = select(ProcessorRow.waiting_for).where(ProcessorRow.last_seen_at > since)
        return list(self._connection.execute(query).scalars())  # type: ignore[arg-type]
