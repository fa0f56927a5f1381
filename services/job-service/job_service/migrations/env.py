"""Alembic's entry: migrations run online, under a session advisory lock.

Alembic has no lock of its own, and two replicas that start together would both create the tables. The
lock is the session's and not the transaction's, so that CREATE INDEX CONCURRENTLY stays possible.
"""

from alembic import context
from sqlalchemy import create_engine, text

from job_service.platform.tables import Table

#: Any number, but the same in every process that migrates this database.
_LOCK_ID = 7_201_101

url = context.config.get_main_option("sqlalchemy.url")
assert url is not None  # noqa: S101 - set by job_service.processes.migrate
engine = create_engine(url, connect_args={"options": "-c lock_timeout=60000"})
with engine.connect() as connection:
    connection.execute(text("select pg_advisory_lock(:id)"), {"id": _LOCK_ID})
    connection.commit()
    try:
        context.configure(connection=connection, target_metadata=Table.metadata)
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
    finally:
        connection.execute(text("select pg_advisory_unlock(:id)"), {"id": _LOCK_ID})
        connection.commit()
engine.dispose()
