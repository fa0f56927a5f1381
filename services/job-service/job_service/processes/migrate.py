"""Process: migrates job-service's tables to the latest version, one caller at a time. Safe to run
at every start."""

from alembic import command
from alembic.config import Config

from job_service.settings import Settings
from videoforge.logs import configure_logs, get_logger
from videoforge.settings import load_settings
from videoforge_web import migrations


def build_config(database_url: str) -> Config:
    """Return Alembic's configuration for this package's migrations."""
    return migrations.build_config("job_service:migrations", database_url=database_url)


def main() -> None:
    settings = load_settings(Settings)
    configure_logs(settings.service_name, level=settings.log_level)
    command.upgrade(build_config(settings.database_url), "head")
    get_logger("DB").info("tables are up to date")


if __name__ == "__main__":
    main()
