"""Alembic's entry point."""

from job_service.platform.tables import Table
from videoforge_web.migrations import run_migrations

run_migrations(Table.metadata)
