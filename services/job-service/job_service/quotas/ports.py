"""What is used, by one person and by all, and the limits that it is held against."""

from dataclasses import dataclass
from typing import Protocol

from job_service.platform.ports import Transaction
from job_service.quotas.quota import Quota, Usage


class UsageBook(Protocol):
    """Sums over the tables `usage`, `uploads` and `jobs`."""

    def read(self, transaction: Transaction, *, user_id: str | None) -> Usage:
        """Return what the user takes, or everybody together with None."""


@dataclass(frozen=True, kw_only=True)
class QuotaPorts:
    usage: UsageBook
    of_user: Quota
    of_all: Quota
