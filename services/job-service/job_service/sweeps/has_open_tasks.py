"""Whether the sweeps of tasks can find anything: mostly not, and then one question takes the place of ten."""

from job_service.jobs.ports import JobPorts


def has_open_tasks(ports: JobPorts) -> bool:
    with ports.database.begin() as tx:
        return tx.tasks.has_open()
