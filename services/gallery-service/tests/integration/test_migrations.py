"""The migrations: up, down, up; twice; two at once; and no difference from the tables in the code."""

import subprocess
import sys
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect

from gallery_service.adapters.tables import metadata
from gallery_service.migrate import build_config

pytestmark = pytest.mark.integration


def list_tables(url: str) -> set[str]:
    engine = create_engine(url)
    try:
        return set(inspect(engine).get_table_names()) - {"alembic_version"}
    finally:
        engine.dispose()


def test_migrations_go_up_down_and_up_again(postgres_database: str) -> None:
    config = build_config(postgres_database)
    command.upgrade(config, "head")
    tables = list_tables(postgres_database)
    assert tables == {"gallery_videos", "gallery_renditions", "gallery_publications", "gallery_spread"}
    command.downgrade(config, "base")
    assert list_tables(postgres_database) == set()
    command.upgrade(config, "head")
    command.upgrade(config, "head")
    assert list_tables(postgres_database) == tables


def test_two_processes_can_migrate_at_the_same_time(postgres_server: Any, postgres_database: str) -> None:
    environment = {
        "DB_HOST": postgres_server.host,
        "DB_PORT": str(postgres_server.port),
        "DB_NAME": postgres_database.rsplit("/", 1)[1],
        "DB_USER": postgres_server.user,
        "DB_PASSWORD": postgres_server.password,
        "SERVICE_TOKENS": "s" * 40,
        "COGNITO_USER_POOL_ID": "us-east-1_test",
        "COGNITO_CLIENT_ID": "client",
    }
    command_line = [sys.executable, "-m", "gallery_service.migrate"]
    running = [
        subprocess.Popen(
            command_line, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        for _ in range(2)
    ]
    outputs = [process.communicate(timeout=60)[0] for process in running]
    assert [process.returncode for process in running] == [0, 0], outputs
    assert "gallery_videos" in list_tables(postgres_database)


def test_the_tables_are_as_the_code_says(engine: Any) -> None:
    """Only the migrations have partial indexes and those on expressions, so only columns are compared."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": _is_no_index})
        assert compare_metadata(context, metadata) == []


def _is_no_index(_item: Any, _name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
    return kind not in {"index", "unique_constraint"}
