"""What administrators read, across all users."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from job_service.admin.operations import Backlog, Figures, ProcessorSeen
from job_service.jobs.outlets import TaskQueue
from job_service.jobs.ports import JobPorts
from job_service.jobs.task import Task
from job_service.platform.paging import PageStart
from job_service.platform.ports import Database, Transaction
from job_service.relaying.ports import RelayPorts


@dataclass(frozen=True, kw_only=True)
class TaskFilter:
    status: str | None = None
    kind: str | None = None
    job_id: str | None = None
    processor_id: str | None = None


class OperationsBook(Protocol):
    """Reads over all tables of job-service; changes nothing."""

    def read_backlog(self, transaction: Transaction) -> Backlog: ...

    def read_figures(self, transaction: Transaction) -> Figures: ...

    def count_tasks(self, transaction: Transaction) -> Mapping[str, int]: ...

    def list_tasks(
        self, transaction: Transaction, task_filter: TaskFilter, *, after: PageStart | None, limit: int
    ) -> list[Task]:
        """Return the newest first."""

    def list_processors(
        self, transaction: Transaction, *, seen_within_seconds: float, limit: int
    ) -> list[ProcessorSeen]:
        """Return the last seen first."""


@dataclass(frozen=True, kw_only=True)
class AdminPorts:
    database: Database
    operations: OperationsBook
    jobs: JobPorts
    queue: TaskQueue
    relay: RelayPorts
