"""Read what one person, or everybody together, takes."""

from job_service.platform.ports import Database
from job_service.quotas.ports import QuotaPorts
from job_service.quotas.quota import Usage


def read_usage(database: Database, ports: QuotaPorts, *, user_id: str | None) -> Usage:
    """Return the user's figures, or all users' with None."""
    with database.begin() as transaction:
        return ports.usage.read(transaction, user_id=user_id)
