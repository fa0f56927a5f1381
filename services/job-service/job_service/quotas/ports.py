"""The current usage of one user and of all users."""

from dataclasses import dataclass
from typing import Protocol

from job_service.quotas.quota import Usage


class UsageStore(Protocol):
    """Sums over the tables `usage`, `uploads` and `jobs`."""

    def read(self, *, user_id: str | None) -> Usage:
        """Return the usage of the user, or of all users together for None."""


@dataclass(frozen=True, kw_only=True)
class QuotaTransaction:
    usage: UsageStore
