"""Alembic as each service uses it: migrations in a folder of the package, run by one process at a time.

A service's `migrate.py` builds the configuration and upgrades; its `migrations/env.py`, which
Alembic calls, calls `run_migrations`.
"""

from typing import Final

from alembic import context
from alembic.config import Config
from sqlalchemy import MetaData, create_engine, text

#: Any number, but the same in every process that migrates the database: advisory locks are per database.
_LOCK_ID: Final = 7_201_101


def build_config(folder: str, *, database_url: str) -> Config:
    """Return the configuration for the migrations in `folder`, as "package:folder". Percent signs
    of a password are doubled for its ini syntax."""
    config = Config()
    config.set_main_option("script_location", folder)
    config.set_main_option("sqlalchemy.url", database_url.replace("%", "%%"))
    return config


def run_migrations(metadata: MetaData) -> None:
    """Run what Alembic was asked for, online, under a session advisory lock.

    Alembic has no lock of its own, and two replicas that start together would both create the
    tables. The lock is the session's and not the transaction's, so that CREATE INDEX CONCURRENTLY
    stays possible.
    """
    url = context.config.get_main_option("sqlalchemy.url")
    if url is None:
        raise RuntimeError("the configuration does not come from build_config")
    engine = create_engine(url, connect_args={"options": "-c lock_timeout=60000"})
    with engine.connect() as connection:
        connection.execute(text("select pg_advisory_lock(:id)"), {"id": _LOCK_ID})
        connection.commit()
        try:
            context.configure(connection=connection, target_metadata=metadata)
            with context.begin_transaction():
                context.run_migrations()
            connection.commit()
        finally:
            connection.execute(text("select pg_advisory_unlock(:id)"), {"id": _LOCK_ID})
            connection.commit()
    engine.dispose()
