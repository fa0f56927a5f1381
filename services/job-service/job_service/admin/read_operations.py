"""Read the installation's state: the queue, tasks, processors, figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from job_service.admin.operations import Backlog, Figures, ProcessorSeen, TaskFilter
from job_service.admin.ports import AdminPorts
from job_service.jobs.ports import QueueDepth
from job_service.jobs.task import Task
from job_service.platform.paging import PageStart
from videoforge.problems import Problem

#: A processor's name may change at each start; older ones do not matter.
_SEEN_WITHIN_SECONDS: Final = 86400
_MAX_PROCESSORS: Final = 500


@dataclass(frozen=True, kw_only=True)
class QueueState:
    """`depth` is None while the queue does not answer."""

    depth: QueueDepth | None
    backlog: Backlog


@dataclass(frozen=True, kw_only=True)
class TaskPage:
    counts: Mapping[str, int]
    items: list[Task]
    next_start: PageStart | None


def read_queue(ports: AdminPorts) -> QueueState:
    try:
        depth = ports.queue.read_depth()
    except Problem:
        depth = None
    with ports.database.begin() as tx:
        return QueueState(depth=depth, backlog=tx.operations.read_backlog())


def list_tasks(
    ports: AdminPorts, task_filter: TaskFilter, *, after: PageStart | None, limit: int
) -> TaskPage:
    """Return a page, newest first, with the counts of all tasks by status."""
    with ports.database.begin() as tx:
        counts = tx.operations.count_tasks()
        found = tx.operations.list_tasks(task_filter, after=after, limit=limit + 1)
    items = found[:limit]
    has_more = len(found) > limit
    return TaskPage(
        counts=counts,
        items=items,
        next_start=PageStart(created_at=items[-1].created_at, id=items[-1].id) if has_more else None,
    )


def list_processors(ports: AdminPorts) -> list[ProcessorSeen]:
    """Return the processors seen in the last day; an idle one is seen with each report."""
    with ports.database.begin() as tx:
        return tx.operations.list_processors(seen_within_seconds=_SEEN_WITHIN_SECONDS, limit=_MAX_PROCESSORS)


def read_figures(ports: AdminPorts) -> Figures:
    with ports.database.begin() as tx:
        return tx.operations.read_figures()
