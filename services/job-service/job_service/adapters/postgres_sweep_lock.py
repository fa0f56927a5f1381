"""Leave to sweep, by advisory locks of PostgreSQL: they go with the connection of a relay that was killed."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError

from videoforge.problems import unavailable


class PostgresSweepLock:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def try_hold(self, name: str) -> Iterator[bool]:
        """The lock is the session's and no transaction is open meanwhile: a sweep may take longer than a
        transaction may idle. Raises Problem 503 `database_unavailable`."""
        key = func.hashtextextended(f"sweep {name}", 0)
        try:
            connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        except DBAPIError as error:
            raise unavailable("database") from error
        with connection:
            is_mine = bool(connection.execute(select(func.pg_try_advisory_lock(key))).scalar_one())
            try:
                yield is_mine
            finally:
                if is_mine:
                    _release(connection, key)


def _release(connection: Connection, key: ColumnElement[int]) -> None:
    """A connection that broke meanwhile has released its locks by breaking, and must not go back."""
    try:
        connection.execute(select(func.pg_advisory_unlock(key)))
    except DBAPIError:
        connection.invalidate()
