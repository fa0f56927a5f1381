"""The connection to PostgreSQL: one pool per process and transactions as the use cases open them."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import create_engine, text
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from videoforge.problems import unavailable


class PostgresDatabase:
    """A pool of as many connections as there are threads; more could only queue inside PostgreSQL.

    Budgets: 3 s to connect or to get a connection, 5 s a statement, 2 s for a lock, 10 s idle in a
    transaction, so that a slow database turns into a clear 503 and not into a hanging request.
    """

    def __init__(self, url: str, *, pool_size: int) -> None:
        self.engine: Engine = create_engine(
            url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=3,
            pool_pre_ping=True,
            pool_recycle=3600,
            connect_args={
                "connect_timeout": 3,
                "options": "-c statement_timeout=5000 -c lock_timeout=2000"
                " -c idle_in_transaction_session_timeout=10000 -c timezone=UTC",
                "keepalives_idle": 10,
                "tcp_user_timeout": 10000,
            },
        )

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """Commit when the block ends, roll back when it raises. Raises Problem 503 `database_unavailable`
        when PostgreSQL does not answer or a budget is spent."""
        try:
            with self.engine.begin() as connection:
                yield connection
        except (OperationalError, PoolTimeout) as error:
            raise unavailable("database") from error
        except DBAPIError as error:
            if error.connection_invalidated:
                raise unavailable("database") from error
            raise

    def check(self) -> None:
        """Raise Problem 503 unless the database answers."""
        with self.begin() as connection:
            connection.execute(text("select 1"))
