"""The lock for sweeps, as PostgreSQL advisory locks: they are released with the connection of a
killed relay."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from videoforge_clients.postgres import PostgresClient


class PostgresSweepLock:
    def __init__(self, database: PostgresClient) -> None:
        self._database = database

    @contextmanager
    def try_hold(self, name: str) -> Iterator[bool]:
        """A session lock, without an open transaction: a sweep may take longer than a transaction
        may be idle. Raises DatabaseUnavailable."""
        key = func.hashtextextended(f"sweep {name}", 0)
        with self._database.connect(isolation_level="AUTOCOMMIT") as connection:
            is_mine = bool(connection.execute(select(func.pg_try_advisory_lock(key))).scalar_one())
            try:
                yield is_mine
            finally:
                if is_mine:
                    _release(connection, key)


def _release(connection: Connection, key: ColumnElement[int]) -> None:
    """A broken connection has already released its locks, and must not go back to the pool."""
    try:
        connection.execute(select(func.pg_advisory_unlock(key)))
    except DBAPIError:
        connection.invalidate()
