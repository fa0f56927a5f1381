"""PostgreSQL through SQLAlchemy, for services whose requests must not hang with it.

Budgets: at most `answer_seconds` of silence, counted from the wait for a connection
(postgres_deadline.py). The server cancels a statement a little before that, and a wait for a lock
earlier still, so that a live server reports what is slow and the connection is kept. After several
outages in a row a circuit breaker refuses callers at once, so that not every thread waits until its
timeout.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import URL, create_engine, event, text
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from videoforge.logs import get_logger
from videoforge_clients.circuit import Circuit
from videoforge_clients.errors import DatabaseUnavailable
from videoforge_clients.postgres_check import check_before_use
from videoforge_clients.postgres_deadline import install, limit_silence
from videoforge_clients.postgres_metrics import PoolMetrics
from videoforge_clients.slow_queries import watch_slow_queries

#: A client gets its 503 within 3 s: this, and time to answer.
ANSWER_SECONDS: Final = 2.5
#: The server's own limits as a share of ours, so that its answer arrives in time.
_STATEMENT_SHARE: Final = 0.88
_LOCK_SHARE: Final = 0.8
_MAX_OUTAGES: Final = 3
_CIRCUIT_OPEN_SECONDS: Final = 1.5

_log = get_logger("DB")


class PostgresClient:
    """An engine with a pool of `pool_size` connections, and calls that lend them within the budgets.

    `pool_metrics` counts the pool's connections and the waits for one; statements of `slow_seconds`
    or more are logged, None for none. Connects at the first use and again after a loss. Safe for
    threads.
    """

    def __init__(
        self,
        url: URL | str,
        *,
        pool_size: int,
        application_name: str,
        answer_seconds: float = ANSWER_SECONDS,
        pool_metrics: PoolMetrics | None = None,
        slow_seconds: float | None = None,
    ) -> None:
        install()
        self._answer_seconds = answer_seconds
        self._pool_metrics = pool_metrics
        self._circuit = Circuit(max_failures=_MAX_OUTAGES, open_seconds=_CIRCUIT_OPEN_SECONDS)
        options = {
            "statement_timeout": f"{answer_seconds * _STATEMENT_SHARE:.3f}s",
            "lock_timeout": f"{answer_seconds * _LOCK_SHARE:.3f}s",
            "idle_in_transaction_session_timeout": "10s",
            "timezone": "UTC",
            "jit": "off",  # compiling a query costs more than any of ours takes
        }
        self.engine: Engine = create_engine(
            url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=min(2.0, answer_seconds),
            pool_recycle=3600,
            connect_args={
                "application_name": application_name,
                "options": " ".join(f"-c {name}={value}" for name, value in options.items()),
                "keepalives_idle": 10,
                "tcp_user_timeout": 10000,
            },
        )
        check_before_use(self.engine)
        event.listen(self.engine, "after_cursor_execute", self._note_answer)
        if pool_metrics is not None:
            pool_metrics.watch(self.engine, size=pool_size)
        if slow_seconds is not None:
            watch_slow_queries(self.engine, slow_seconds=slow_seconds)

    @contextmanager
    def connect(self, **execution_options: Any) -> Iterator[Connection]:
        """Lend a connection; what is not committed is rolled back. Raises DatabaseUnavailable, also
        when the database fails inside the block."""
        if not self._circuit.may_try():
            raise DatabaseUnavailable
        try:
            with limit_silence(self._answer_seconds):
                started = time.monotonic()
                connection = self.engine.connect()
                if self._pool_metrics is not None:
                    self._pool_metrics.observe_wait(time.monotonic() - started)
                with connection:
                    yield connection.execution_options(**execution_options)
        except (OperationalError, InterfaceError, PoolTimeout) as error:
            self._note(error)
            raise DatabaseUnavailable from error
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            self._note(error)
            raise DatabaseUnavailable from error

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """Commit when the block ends, roll back when it raises. Raises DatabaseUnavailable."""
        with self.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Lend a connection on which each statement is a transaction of its own: no BEGIN and no
        COMMIT, each of which is another round trip. At READ COMMITTED, the level of `begin` too,
        reads see the same rows either way. Raises DatabaseUnavailable."""
        with self.connect(isolation_level="AUTOCOMMIT") as connection:
            yield connection

    def check(self) -> None:
        """Raise DatabaseUnavailable unless the database answers."""
        with self.read() as connection:
            connection.execute(text("select 1"))

    def _note_answer(self, *_: Any) -> None:
        """A statement was answered. Lending a connection proves nothing: a server that is stopped
        keeps its sockets open."""
        self._circuit.note_success()

    def _note(self, error: Exception) -> None:
        """A server that answers with an error code, such as a lock timeout, is up; a pool without a
        free connection says nothing about the server."""
        has_answered = getattr(getattr(error, "orig", None), "pgcode", None)
        _log.warning("no answer in time", error=type(error).__name__, pgcode=has_answered)
        if has_answered:
            self._circuit.note_success()
        elif not isinstance(error, PoolTimeout):
            self._circuit.note_failure()
