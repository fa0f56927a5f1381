"""The migrations and the tables say the same."""

import pytest
from alembic import command

from job_service.processes.migrate import build_config

pytestmark = pytest.mark.integration


def test_the_migrated_tables_are_the_declared_ones(postgres_server, jobs_database):
    command.check(build_config(postgres_server.build_url(jobs_database)))


def test_migrations_go_back_and_forth(postgres_server, jobs_database):
    config = build_config(postgres_server.build_url(jobs_database))
    command.downgrade(config, "base")
    command.upgrade(config, "head")
