"""The connections to PostgreSQL: as many as threads, and nothing waits longer than a request may."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL, Engine, create_engine
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from gallery_service.ports import StoreUnavailable
from gallery_service.settings import Settings


def build_database_url(settings: Settings) -> URL:
    """SQLAlchemy 2.1 reads a bare `postgresql://` as psycopg 3, hence the driver's name."""
    return URL.create(
        "postgresql+psycopg2",
        username=settings.db_user,
        password=settings.db_password.get_secret_value(),
        host=settings.db_host,
        port=settings.db_port,
        database=settings.db_name,
    )


def build_engine(url: URL | str, *, pool_size: int) -> Engine:
    """Return an engine whose connections are checked before use and replaced every hour.

    jit is off: compiling a query costs more than any of ours takes. The statement limit is a last
    resort against a query that hangs; a page takes milliseconds.
    """
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=5,
        pool_pre_ping=True,
        pool_recycle=3600,
        connect_args={
            "connect_timeout": 3,
            "application_name": "gallery-service",
            "options": "-c statement_timeout=5000 -c lock_timeout=4000 -c jit=off -c timezone=UTC",
        },
    )


@contextmanager
def name_outages() -> Iterator[None]:
    """Turn what the driver raises when the database is away, full or too slow into StoreUnavailable."""
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        raise StoreUnavailable(type(error).__name__) from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise StoreUnavailable("connection lost") from error
        raise
