"""A migrated PostgreSQL for each test: a copy of one that was migrated once."""

from collections.abc import Iterator
from typing import Any

import pytest
from alembic import command

from gallery_service.adapters.postgres_engine import build_engine
from gallery_service.adapters.postgres_video_store import PostgresVideoStore
from gallery_service.migrate import build_config
from gallery_service.testing import MemoryVideoStore


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
def engine(gallery_url: str) -> Iterator[Any]:
    engine = build_engine(gallery_url, pool_size=4)
    yield engine
    engine.dispose()


@pytest.fixture(params=["memory", "postgres"])
def store(request: pytest.FixtureRequest) -> Any:
    """The fake and the real store: what a test says holds for both."""
    if request.param == "memory":
        return MemoryVideoStore()
    return PostgresVideoStore(request.getfixturevalue("engine"))
