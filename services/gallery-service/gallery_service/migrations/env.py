"""Alembic's entry point."""

from gallery_service.adapters.tables import metadata
from videoforge_web.migrations import run_migrations

run_migrations(metadata)
