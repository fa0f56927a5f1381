"""Usage figures in PostgreSQL.

The database maintains the sum of stored bytes in the table `usage` (migration 0003), because adding
up the assets of a user with a million videos would take a second at each upload. Unfinished uploads
and jobs are few, and counted through partial indexes.
"""

from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.engine import Connection

from job_service.platform.tables import JobRow, UploadRow, UsageRow
from job_service.quotas.quota import Usage


class PostgresUsage:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def read(self, *, user_id: str | None) -> Usage:
        stored = select(func.coalesce(func.sum(UsageRow.stored_bytes), 0))
        uploads = select(func.count(), func.coalesce(func.sum(UploadRow.size_bytes), 0)).where(
            UploadRow.status.in_(("open", "completed"))
        )
        jobs = select(func.count()).where(JobRow.status.in_(("pending", "processing")))
        open_uploads, unconfirmed_bytes = self._connection.execute(_only(uploads, UploadRow, user_id)).one()
        return Usage(
            stored_bytes=int(self._connection.execute(_only(stored, UsageRow, user_id)).scalar_one()),
            unconfirmed_bytes=int(unconfirmed_bytes),
            open_uploads=open_uploads,
            unfinished_jobs=self._connection.execute(_only(jobs, JobRow, user_id)).scalar_one(),
        )


def _only(query: Any, table: Any, user_id: str | None) -> Select[Any]:
    asked: Select[Any] = query.select_from(table)
    return asked if user_id is None else asked.where(table.user_id == user_id)
