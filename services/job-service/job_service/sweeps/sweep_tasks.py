"""Sweep tasks one by one: one that cannot be dealt with is set aside and holds up no other."""

from collections.abc import Callable, Iterable

from job_service.jobs.ports import JobPorts
from job_service.jobs.task import Task
from job_service.set_aside.one_by_one import sweep_each


def sweep_tasks(ports: JobPorts, tasks: Iterable[Task], *, sweep: Callable[[Task], int]) -> int:
    """Sweep these tasks one by one; see `sweep_each`."""
    return sweep_each(ports.database, "task", tasks, find_id=lambda task: task.id, sweep=sweep)
