"""Read the current usage, and refuse what would exceed a limit.

The caller holds the user's lock, so that two requests of one user count each other. The limits of
all users together are checked without a lock, because every request would wait for it: simultaneous
requests may exceed them by as many as they are.
"""

from collections.abc import Callable
from functools import partial

from job_service.platform.ports import Database
from job_service.quotas.ports import QuotaTransaction
from job_service.quotas.quota import Quotas, Usage, plan_jobs, plan_upload, refuse_all, refuse_user


def read_usage(database: Database[QuotaTransaction], *, user_id: str | None) -> Usage:
    """Return the user's figures, or those of all users for None."""
    with database.begin() as tx:
        return tx.usage.read(user_id=user_id)


def admit_upload(tx: QuotaTransaction, quotas: Quotas, *, user_id: str, size_bytes: int) -> None:
    """Raise Problem 409 `too_many_open_uploads`, `upload_quota_reached` or `storage_quota_reached`,
    or 503 `uploads_full` or `storage_full`."""
    _admit(tx, quotas, user_id=user_id, plan=partial(plan_upload, size_bytes=size_bytes))


def admit_jobs(tx: QuotaTransaction, quotas: Quotas, *, user_id: str, count: int) -> None:
    """Raise Problem 429 `too_many_jobs`, 409 `storage_quota_reached`, or 503 `queue_full` or
    `storage_full`."""
    _admit(tx, quotas, user_id=user_id, plan=partial(plan_jobs, count=count))


def _admit(tx: QuotaTransaction, quotas: Quotas, *, user_id: str, plan: Callable[[Usage], Usage]) -> None:
    own = quotas.of_user.find_exceeded(plan(tx.usage.read(user_id=user_id)))
    if own:
        raise refuse_user(own, limit=getattr(quotas.of_user, own))
    of_all = quotas.of_all.find_exceeded(plan(tx.usage.read(user_id=None)))
    if of_all:
        raise refuse_all(of_all)
