"""A migrated PostgreSQL for each test: a copy of one that was migrated once."""

from collections.abc import Iterator
from typing import Any

import pytest
from alembic import command

from gallery_service.adapters.postgres_video_store import PostgresVideoStore
from gallery_service.migrate import build_config
from gallery_service.testing import MemoryVideoStore
from videoforge_clients.postgres import PostgresClient


@pytest.fixture(scope="session")
def migrated_template(postgres_server: Any) -> str:
    """Name of a database with the tables in it and nobody connected."""
    name = postgres_server.create_database()
    command.upgrade(build_config(postgres_server.build_url(name)), "head")
    return str(name)


@pytest.fixture
def gallery_url(postgres_server: Any, migrated_template: str) -> Iterator[str]:
    name = postgres_server.create_database(template=migrated_template)
    yield postgres_server.build_url(name)
    postgres_server.drop_database(name)


@pytest.fixture
def database(gallery_url: str) -> Iterator[PostgresClient]:
    # The tests check results, not speed; a busy machine may be slow.
    database = PostgresClient(gallery_url, pool_size=4, application_name="test", answer_seconds=8)
    yield database
    database.engine.dispose()


@pytest.fixture
def engine(database: PostgresClient) -> Any:
    return database.engine


@pytest.fixture(params=["memory", "postgres"])
def store(request: pytest.FixtureRequest) -> Any:
    """The fake and the real store: each test runs on both."""
    if request.param == "memory":
        return MemoryVideoStore()
    return PostgresVideoStore(request.getfixturevalue("database"))
