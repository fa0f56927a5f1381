"""The limits that settings say, and what is used, from the database."""

from job_service.quotas.ports import QuotaPorts
from job_service.quotas.quota import Quota
from job_service.quotas.store import PostgresUsageBook
from job_service.settings import Settings


def build_quotas(settings: Settings) -> QuotaPorts:
    return QuotaPorts(
        usage=PostgresUsageBook(),
        of_user=Quota(
            stored_bytes=settings.max_stored_bytes,
            unconfirmed_bytes=settings.max_unconfirmed_bytes,
            open_uploads=settings.max_open_uploads,
            unfinished_jobs=settings.max_queued_jobs_per_user,
        ),
        of_all=Quota(
            stored_bytes=settings.max_stored_bytes_total,
            unconfirmed_bytes=settings.max_unconfirmed_bytes_total,
            open_uploads=settings.max_open_uploads_total,
            unfinished_jobs=settings.max_queued_jobs_total,
        ),
    )
