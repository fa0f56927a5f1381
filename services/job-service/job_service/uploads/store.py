"""The table `uploads` in PostgreSQL."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Select, insert, select, text, tuple_, update
from sqlalchemy.engine import Connection, Row

from job_service.platform.paging import PageStart
from job_service.platform.tables import UploadRow
from job_service.set_aside.store import is_left_alone
from job_service.uploads.upload import Upload

_TABLE = UploadRow.__table__
_COLUMNS = [_TABLE.c[name] for name in Upload.__dataclass_fields__]


def _read(row: Row[Any]) -> Upload:
    return Upload(**row._mapping)


class PostgresUploads:
    """The table `uploads`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def lock_user(self, user_id: str) -> None:
        """Serialise a user's upload grants: other transactions of the user wait until this one
        ends."""
        self._connection.execute(
            text("select pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": f"uploads:{user_id}"}
        )

    def insert_upload(self, upload: Upload) -> None:
        self._connection.execute(insert(UploadRow).values(**asdict(upload)))

    def find_upload(self, upload_id: str, *, user_id: str, for_update: bool = False) -> Upload | None:
        """Return the user's upload; another user's is treated like one that does not exist."""
        query = select(*_COLUMNS).where(_TABLE.c.id == upload_id, _TABLE.c.user_id == user_id)
        return self._find(query, for_update=for_update)

    def find_by_key(self, s3_key: str, *, user_id: str, for_update: bool = False) -> Upload | None:
        query = select(*_COLUMNS).where(_TABLE.c.s3_key == s3_key, _TABLE.c.user_id == user_id)
        return self._find(query, for_update=for_update)

    def _find(self, query: Select[Any], *, for_update: bool) -> Upload | None:
        row = self._connection.execute(query.with_for_update() if for_update else query).one_or_none()
        return _read(row) if row else None

    def list_uploads(self, *, user_id: str, after: PageStart | None, limit: int) -> list[Upload]:
        """Return the uploads that can still continue, newest first."""
        query = (
            select(*_COLUMNS)
            .where(_TABLE.c.user_id == user_id, _TABLE.c.status.in_(["open", "completed"]))
            .order_by(_TABLE.c.created_at.desc(), _TABLE.c.id.desc())
            .limit(limit)
        )
        if after is not None:
            query = query.where(tuple_(_TABLE.c.created_at, _TABLE.c.id) < (after.created_at, after.id))
        return [_read(row) for row in self._connection.execute(query)]

    def list_stale(self, *, now: datetime, limit: int) -> list[Upload]:
        """Return expired uploads that still take up storage, oldest first."""
        query = (
            select(*_COLUMNS)
            .where(
                _TABLE.c.status.in_(["open", "completed"]),
                _TABLE.c.expires_at <= now,
                ~is_left_alone("upload", _TABLE.c.id),
            )
            .order_by(_TABLE.c.expires_at)
            .limit(limit)
        )
        return [_read(row) for row in self._connection.execute(query)]

    def save_upload(self, upload: Upload) -> None:
        values = asdict(upload)
        del values["id"]
        self._connection.execute(update(UploadRow).where(_TABLE.c.id == upload.id).values(**values))
