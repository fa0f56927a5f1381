"""The connection to PostgreSQL: one pool per process and transactions as the use cases open them."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text
from sqlalchemy.engine import Connection, Engine

from job_service.platform.metrics import POOL
from videoforge.problems import Code, Problem
from videoforge_clients.errors import DatabaseUnavailable
from videoforge_clients.postgres import ANSWER_SECONDS, PostgresClient


class PostgresDatabase:
    """A pool of as many connections as there are threads; more could only queue inside PostgreSQL. A database
    that is slow, silent or away turns into a clear 503 within `answer_seconds`."""

    def __init__(
        self,
        url: str,
        *,
        pool_size: int,
        answer_seconds: float = ANSWER_SECONDS,
        slow_seconds: float | None = None,
    ) -> None:
        self._client = PostgresClient(
            url,
            pool_size=pool_size,
            application_name="job-service",
            answer_seconds=answer_seconds,
            pool_metrics=POOL,
            slow_seconds=slow_seconds,
        )

    @property
    def engine(self) -> Engine:
        return self._client.engine

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """Commit when the block ends, roll back when it raises. Raises Problem 503 `database_unavailable`
        when PostgreSQL does not answer or a budget is spent."""
        try:
            with self._client.begin() as connection:
                yield connection
        except DatabaseUnavailable as error:
            raise Problem(Code.database_unavailable) from error

    @contextmanager
    def hold_session(self) -> Iterator[Connection]:
        """Lend a connection without a transaction, for locks that are the session's. Raises as `begin`."""
        try:
            with self._client.connect(isolation_level="AUTOCOMMIT") as connection:
                yield connection
        except DatabaseUnavailable as error:
            raise Problem(Code.database_unavailable) from error

    def check(self) -> None:
        """Raise Problem 503 unless the database answers."""
        with self.begin() as connection:
            connection.execute(text("select 1"))
