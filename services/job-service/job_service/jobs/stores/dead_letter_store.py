"""Table `dead_letters` in PostgreSQL."""

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from job_service.platform.tables import DeadLetterRow


class PostgresDeadLetters:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, *, message_id: str, task_id: str | None, body: str, outcome: str) -> None:
        statement = insert(DeadLetterRow).values(id=message_id, task_id=task_id, body=body, outcome=outcome)
        self._connection.execute(statement.on_conflict_do_nothing())

    def count_of_task(self, task_id: str) -> int:
        query = select(func.count()).where(DeadLetterRow.task_id == task_id)
        return int(self._connection.execute(query).scalar_one())
