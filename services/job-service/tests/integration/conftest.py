"""What the integration tests share: a migrated database, made once and copied for each test."""

from collections.abc import Iterator

import pytest
from alembic import command

from infra.local.testing import ObjectStore, PostgresServer
from job_service.adapters.s3_object_store import S3ObjectStore
from job_service.migrate import build_config


@pytest.fixture(scope="session")
def migrated_template(postgres_server: PostgresServer) -> Iterator[str]:
    """The name of a database with job-service's tables, to copy from."""
    name = postgres_server.create_database()
    command.upgrade(build_config(postgres_server.build_url(name)), "head")
    yield name
    postgres_server.drop_database(name)


@pytest.fixture
def jobs_database(postgres_server: PostgresServer, migrated_template: str) -> Iterator[str]:
    """The name of a migrated database that is this test's alone."""
    name = postgres_server.create_database(template=migrated_template)
    yield name
    postgres_server.drop_database(name)


@pytest.fixture
def store_keys(object_store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> ObjectStore:
    """The real store, with the environment that boto3 reads its keys from."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", object_store.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", object_store.secret_access_key)
    return object_store


@pytest.fixture
def store(store_keys: ObjectStore) -> S3ObjectStore:
    return S3ObjectStore(store_keys.bucket, region=store_keys.region, endpoint_url=store_keys.endpoint_url)
