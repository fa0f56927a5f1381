"""The table `sessions`. Its times come from the database's clock, except when an access token
expires."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.engine import Connection, RowMapping

from job_service.auth.session import Session
from job_service.platform.tables import SessionRow

#: How exact the time of last use is; finer would be a write per request.
TOUCH_AFTER: Final = timedelta(minutes=1)

_IS_ALIVE = SessionRow.expires_at > func.now()
_COLUMNS = (
    SessionRow.id,
    SessionRow.secret_hash,
    SessionRow.user_id,
    SessionRow.email,
    SessionRow.groups,
    SessionRow.tokens,
    SessionRow.access_expires_at,
    SessionRow.expires_at,
    SessionRow.created_at,
    SessionRow.last_seen_at,
    SessionRow.user_agent,
    SessionRow.address,
)


class PostgresSessions:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def insert_session(self, session: Session) -> None:
        row = asdict(session)
        sealed_tokens = row.pop("sealed_tokens")
        self._connection.execute(
            insert(SessionRow).values(row | {"groups": list(session.groups), "tokens": sealed_tokens})
        )

    def find_session(self, *, secret_hash: str) -> Session | None:
        found = self._connection.execute(
            select(*_COLUMNS).where(SessionRow.secret_hash == secret_hash, _IS_ALIVE)
        )
        return _read_first(found.mappings().first())

    def lock_session(self, session_id: str, *, skip_locked: bool) -> Session | None:
        statement = select(*_COLUMNS).where(SessionRow.id == session_id, _IS_ALIVE)
        return _read_first(
            self._connection.execute(statement.with_for_update(skip_locked=skip_locked)).mappings().first()
        )

    def save_tokens(self, session_id: str, *, sealed_tokens: str, access_expires_at: datetime) -> None:
        self._connection.execute(
            update(SessionRow)
            .where(SessionRow.id == session_id)
            .values(tokens=sealed_tokens, access_expires_at=access_expires_at, last_seen_at=func.now())
        )

    def touch_session(self, session_id: str) -> None:
        # a row that is being renewed is in use anyway, and must not delay this request
        stale = (
            select(SessionRow.id)
            .where(SessionRow.id == session_id, SessionRow.last_seen_at < func.now() - TOUCH_AFTER)
            .with_for_update(skip_locked=True)
        )
        self._connection.execute(
            update(SessionRow)
            .where(SessionRow.id.in_(stale.scalar_subquery()))
            .values(last_seen_at=func.now())
        )

    def list_sessions(self, *, user_id: str) -> list[Session]:
        statement = select(*_COLUMNS).where(SessionRow.user_id == user_id, _IS_ALIVE)
        rows = self._connection.execute(statement.order_by(SessionRow.last_seen_at.desc(), SessionRow.id))
        return [_read(row) for row in rows.mappings()]

    def delete_session(self, session_id: str, *, user_id: str) -> Session | None:
        statement = delete(SessionRow).where(SessionRow.id == session_id, SessionRow.user_id == user_id)
        return _read_first(self._connection.execute(statement.returning(*_COLUMNS)).mappings().first())

    def delete_sessions_of_user(self, user_id: str) -> list[Session]:
        statement = delete(SessionRow).where(SessionRow.user_id == user_id)
        return [_read(row) for row in self._connection.execute(statement.returning(*_COLUMNS)).mappings()]

    def delete_expired(self) -> int:
        return self._connection.execute(delete(SessionRow).where(SessionRow.expires_at < func.now())).rowcount


def _read_first(row: RowMapping | None) -> Session | None:
    return _read(row) if row is not None else None


def _read(row: RowMapping) -> Session:
    values = dict(row)
    return Session(sealed_tokens=values.pop("tokens"), groups=tuple(values.pop("groups")), **values)
