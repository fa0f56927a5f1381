"""Reports from processors: the progress of a task, and what keeps a processor from taking work.

The progress shown comes from the rows, so it cannot fall, whatever happens to Redis, a processor or
the whole stack. The price is two small updates a second for each processor.
"""

from job_service.jobs.ports import JobPorts
from job_service.jobs.progress import take_report
from job_service.jobs.views import build_job_view
from job_service.tasks.lease import check_lease, lock_task
from videoforge.messages import LeaseAnswer, ProcessorReport, ProgressReport
from videoforge.problems import Code, Problem


def report_progress(ports: JobPorts, task_id: str, report: ProgressReport) -> LeaseAnswer:
    """Return when the lease ends; a report does not extend it. Raises Problem 409 `lease_lost`.

    The job's row is locked, so that reports of two chunks cannot make the percentage fall.
    """
    with ports.database.begin() as tx:
        locked = lock_task(tx, task_id)
        check_lease(locked, report)
        job, task = locked.job, locked.task
        job, live = take_report(
            report,
            task=task,
            job=job,
            tasks=tx.tasks.list_of_job(job.id, job_attempt=job.attempts),
            before=ports.progress.find(job.id),
        )
        if job != locked.job:
            tx.jobs.save_progress(job)
        if report.percent != task.progress_percent:
            tx.tasks.save_progress(task.id, percent=report.percent)
        leased_until = task.leased_until
    ports.progress.save(job.id, live)  # after the commit: nothing that may be rolled back is shown
    view = build_job_view(job, live=live)
    ports.progress.announce(job.id, "progress", job=view.model_dump(mode="json"))
    if leased_until is None:
        raise Problem(Code.lease_lost)
    return LeaseAnswer(leased_until=leased_until)


def take_processor_report(ports: JobPorts, report: ProcessorReport) -> None:
    """Save it; sweeps/show_waiting.py turns it into what jobs show."""
    with ports.database.begin() as tx:
        tx.processors.note_report(report)
