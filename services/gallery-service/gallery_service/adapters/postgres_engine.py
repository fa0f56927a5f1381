"""The connections to PostgreSQL: as many as threads, and nothing waits longer than a request may."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL, Connection, Engine

from gallery_service.adapters.metrics import POOL
from gallery_service.ports import StoreUnavailable
from gallery_service.settings import Settings
from videoforge_clients.postgres import ANSWER_SECONDS, DatabaseUnavailable, PostgresClient


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


class PostgresGallery:
    """A pool of as many connections as there are threads. Safe for threads."""

    def __init__(
        self,
        url: URL | str,
        *,
        pool_size: int,
        answer_seconds: float = ANSWER_SECONDS,
        slow_seconds: float | None = None,
    ) -> None:
        """jit is off: compiling a query costs more than any of ours takes."""
        self._client = PostgresClient(
            url,
            pool_size=pool_size,
            application_name="gallery-service",
            answer_seconds=answer_seconds,
            options={"jit": "off"},
            observe_wait=POOL.observe_wait,
            slow_seconds=slow_seconds,
        )
        POOL.watch(self.engine, size=pool_size)

    @property
    def engine(self) -> Engine:
        return self._client.engine

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """Lend a connection to read with. Raises StoreUnavailable where the database is away, silent, full or
        too slow, also for what the block meets."""
        with _name_outages(), self._client.connect() as connection:
            yield connection

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """Commit when the block ends, roll back when it raises. Raises StoreUnavailable."""
        with _name_outages(), self._client.begin() as connection:
            yield connection


@contextmanager
def _name_outages() -> Iterator[None]:
    try:
        yield
    except DatabaseUnavailable as error:
        raise StoreUnavailable(str(error)) from error
