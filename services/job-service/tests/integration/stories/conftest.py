"""Jobs and tasks, run on the memory stores and on PostgreSQL; only the latter needs a server."""

from collections.abc import Iterator

import pytest

from job_service.testing.jobs import MemoryStage, build_memory_stage
from job_service.testing.postgres_jobs import PostgresStage, build_postgres_stage
from job_service.testing.processor import FakeProcessor


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.integration)])
def stage(request: pytest.FixtureRequest) -> Iterator[MemoryStage | PostgresStage]:
    if request.param == "memory":
        yield build_memory_stage()
        return
    server = request.getfixturevalue("postgres_server")
    stage = build_postgres_stage(server.build_url(request.getfixturevalue("jobs_database")))
    yield stage
    stage.database.engine.dispose()


@pytest.fixture
def processor(stage: MemoryStage | PostgresStage) -> FakeProcessor:
    return FakeProcessor(stage.ports)
