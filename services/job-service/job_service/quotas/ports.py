"""What is used, by one person and by all."""

from dataclasses import dataclass
from typing import Protocol

from job_service.quotas.quota import Usage


class UsageStore(Protocol):
    """Sums over the tables `usage`, `uploads` and `jobs`."""

    def read(self, *, user_id: str | None) -> Usage:
        """Return what the user takes, or everybody together with None."""


@dataclass(frozen=True, kw_only=True)
class QuotaTransaction:
    usage: UsageStore
