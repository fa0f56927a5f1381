"""Read what one person, or everybody together, takes."""

from job_service.platform.ports import Database
from job_service.quotas.ports import QuotaTransaction
from job_service.quotas.quota import Usage


def read_usage(database: Database[QuotaTransaction], *, user_id: str | None) -> Usage:
    """Return the user's figures, or all users' with None."""
    with database.begin() as tx:
        return tx.usage.read(user_id=user_id)
