"""The table `deletions`: what is to be removed from the store, and since when."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from job_service.deletions.deletion import Deletion, DeletionStatus
from job_service.platform.ports import Transaction


class DeletionStore(Protocol):
    def read_clock(self, transaction: Transaction) -> datetime: ...

    def save_intent(self, transaction: Transaction, deletion: Deletion) -> None:
        """Insert, or replace the unfinished or finished one of the same target."""

    def save_prefix_intent(
        self, transaction: Transaction, prefix: str, *, user_id: str, due_at: datetime
    ) -> None:
        """Have everything under one prefix removed from `due_at` on; an earlier intent stays as it is."""

    def find_intent(self, transaction: Transaction, target: str) -> Deletion | None:
        """Return the intent, locked until the transaction ends."""

    def list_statuses(self, transaction: Transaction, targets: Sequence[str]) -> dict[str, DeletionStatus]:
        """Return how far the deletions of these are that are not done."""

    def remove_intent(self, transaction: Transaction, target: str) -> None: ...

    def claim_due(self, transaction: Transaction, *, now: datetime, limit: int) -> list[Deletion]:
        """Take deletions whose time has come, oldest first; they are `due` from now on, and come up again
        after a while unless they are marked."""

    def mark_done(self, transaction: Transaction, deletion: Deletion, *, now: datetime) -> None: ...

    def mark_failed(
        self, transaction: Transaction, deletion: Deletion, *, error: str, next_try_at: datetime
    ) -> None: ...
