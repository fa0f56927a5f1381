"""The table `users`."""

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from job_service.platform.tables import UserRow


class PostgresUsers:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add_user(self, user_id: str) -> None:
        self._connection.execute(insert(UserRow).values(user_id=user_id).on_conflict_do_nothing())

    def save_user(self, user_id: str, *, email: str) -> None:
        statement = insert(UserRow).values(user_id=user_id, email=email)
        self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=[UserRow.user_id], set_={"email": email, "last_seen_at": func.now()}
            )
        )

    def find_email(self, user_id: str) -> str | None:
        return self._connection.execute(
            select(UserRow.email).where(UserRow.user_id == user_id)
        ).scalar_one_or_none()
