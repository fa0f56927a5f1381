"""Quotas for tests: usage from the memory tables, and the limits that a test sets; none by
default."""

from dataclasses import dataclass, replace

from job_service.jobs.ports import JobPorts
from job_service.quotas.quota import Quota, Quotas, Usage
from job_service.testing.job_tables import MemoryTables


@dataclass(frozen=True)
class MemoryUsage:
    """Only jobs and sources: uploads have no tables in memory."""

    tables: MemoryTables

    def read(self, *, user_id: str | None) -> Usage:
        return Usage(
            stored_bytes=sum(
                source.ref.size_bytes
                for source in self.tables.sources.values()
                if user_id in {None, source.user_id}
            ),
            unfinished_jobs=sum(
                user_id in {None, job.user_id} and not job.is_final for job in self.tables.jobs.values()
            ),
        )


def limit_jobs(ports: JobPorts, *, of_user: Quota | None = None, of_all: Quota | None = None) -> JobPorts:
    """Return the ports with these limits instead of their own."""
    return replace(ports, quotas=Quotas(of_user=of_user or Quota(), of_all=of_all or Quota()))
