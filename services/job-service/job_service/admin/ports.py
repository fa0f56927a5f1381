"""What administrators read, across all users."""

from dataclasses import dataclass

from job_service.admin.operations_store import PostgresOperations
from job_service.jobs.ports import JobPorts, JobTransaction, TaskQueue
from job_service.platform.ports import Database
from job_service.relaying.ports import RelayPorts


@dataclass(frozen=True, kw_only=True)
class AdminTransaction(JobTransaction):
    operations: PostgresOperations


@dataclass(frozen=True, kw_only=True)
class AdminPorts:
    database: Database[AdminTransaction]
    jobs: JobPorts
    queue: TaskQueue
    relay: RelayPorts
