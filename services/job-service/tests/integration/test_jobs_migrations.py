"""The migrations match the declared tables, and old rows survive them."""

import pytest
from alembic import command
from sqlalchemy import create_engine, text

from job_service.processes.migrate import build_config

pytestmark = pytest.mark.integration


@pytest.fixture
def config(postgres_server, jobs_database):
    return build_config(postgres_server.build_url(jobs_database))


@pytest.fixture
def run(postgres_server, jobs_database):
    """Run a statement; return its rows."""
    engine = create_engine(postgres_server.build_url(jobs_database))

    def run(statement):
        with engine.begin() as connection:
            result = connection.execute(text(statement))
            return [tuple(row) for row in result] if result.returns_rows else []

    yield run
    engine.dispose()


def test_the_migrated_tables_are_the_declared_ones(config):
    command.check(config)


def test_migrations_can_be_reverted_and_repeated(config):
    command.downgrade(config, "base")
    command.upgrade(config, "head")


def test_the_options_of_jobs_survive_upgrade_and_downgrade(config, run):
    command.downgrade(config, "0011")
    run(
        """insert into jobs (id, video_id, user_id, output_formats, rate_control) values ('plain',
        'video', 'user', '{}', 'bitrate'), ('rest', 'video', 'user', '{}', default)"""
    )
    command.upgrade(config, "0012")
    options = "select id, options from jobs order by id"
    assert run(options) == [("plain", {"rate_control": "bitrate"}), ("rest", {"rate_control": "quality"})]
    run("insert into jobs (id, video_id, user_id, output_formats) values ('unsaid', 'video', 'user', '{}')")
    command.downgrade(config, "0011")
    lone = "select id, rate_control from jobs order by id"
    assert run(lone) == [("plain", "bitrate"), ("rest", "quality"), ("unsaid", "quality")]
