"""Shared by the integration tests: a migrated database, created once and copied for each test; apps
on it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from alembic import command
from flask import Flask

from job_service.platform.s3_object_store import S3ObjectStore
from job_service.processes.app import create_app
from job_service.processes.migrate import build_config
from job_service.testing.auth import TokenIssuer, build_test_settings, trust_issuer
from job_service.testing.postgres_jobs import PostgresStage, build_postgres_stage
from job_service.web.services import EXTENSION
from tests.servers.databases import PostgresServer
from tests.servers.fixtures import ObjectStore


@pytest.fixture(scope="session")
def migrated_template(postgres_server: PostgresServer) -> Iterator[str]:
    """The name of a database with job-service's tables, to copy from."""
    name = postgres_server.create_database()
    command.upgrade(build_config(postgres_server.build_url(name)), "head")
    yield name
    postgres_server.drop_database(name)


@pytest.fixture
def jobs_database(postgres_server: PostgresServer, migrated_template: str) -> Iterator[str]:
    """The name of a migrated database for this test only."""
    name = postgres_server.create_database(template=migrated_template)
    yield name
    postgres_server.drop_database(name)


@pytest.fixture
def stage(postgres_server: PostgresServer, jobs_database: str) -> Iterator[PostgresStage]:
    """The ports of jobs on this test's database."""
    stage = build_postgres_stage(postgres_server.build_url(jobs_database))
    yield stage
    stage.database.engine.dispose()


@pytest.fixture(scope="session")
def issuer() -> TokenIssuer:
    return TokenIssuer()


@pytest.fixture
def start_app(
    postgres_server: PostgresServer, jobs_database: str, issuer: TokenIssuer
) -> Iterator[Callable[..., Flask]]:
    """Create apps on this test's database that accept the issuer's tokens. Keyword arguments of the
    test are settings; it stops on its own whatever its app has besides database and Redis."""
    made: list[Flask] = []

    def start(create: Callable[..., Flask] = create_app, **settings: Any) -> Flask:
        app = create(
            build_test_settings(
                db_host=postgres_server.host,
                db_port=postgres_server.port,
                db_name=jobs_database,
                db_user=postgres_server.user,
                db_password=postgres_server.password,
                **settings,
            )
        )
        made.append(app)
        trust_issuer(app, issuer)
        return app

    yield start
    for app in made:
        platform = app.extensions[EXTENSION].platform
        platform.database.engine.dispose()
        platform.redis.close()


@pytest.fixture
def store_keys(object_store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> ObjectStore:
    """The real store, with the environment that boto3 reads its keys from."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", object_store.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", object_store.secret_access_key)
    return object_store


@pytest.fixture
def store(store_keys: ObjectStore) -> S3ObjectStore:
    return S3ObjectStore(store_keys.bucket, region=store_keys.region, endpoint_url=store_keys.endpoint_url)
