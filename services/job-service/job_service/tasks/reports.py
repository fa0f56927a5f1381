"""Reports from processors: the progress of a task, and what keeps a processor from taking work.

Most reports read one row, lock nothing, and are kept in Redis. Every few seconds (ShowPace) the
job's row takes what all of its tasks reported, and that is announced. So the rows still carry what
is shown: it cannot fall, and losing Redis loses what was reported since. However many processors
work on a job, its row is written as often as by one.
"""

from job_service.jobs.ports import HeldTask, JobPorts
from job_service.jobs.progress import read_report, take_report
from job_service.jobs.views import build_job_view
from job_service.tasks.lease import LIGHT_WAIT_SECONDS, check_lease, lock_task
from videoforge.messages import LeaseAnswer, ProcessorReport, ProgressReport
from videoforge.problems import Code, Problem


def report_progress(ports: JobPorts, task_id: str, report: ProgressReport) -> LeaseAnswer:
    """Return when the lease ends; a report does not extend it. Raises Problem 404 `task_not_found`
    and 409 `lease_lost`."""
    with ports.database.read() as tx:
        held = tx.tasks.find_held(
            task_id,
            attempt=report.attempt,
            lease_token=report.lease_token,
            percent=report.percent,
            pace=ports.show_pace,
            light_due_for_seconds=LIGHT_WAIT_SECONDS,
        )
        if held is None:
            raise Problem(Code.lease_lost if tx.tasks.find(task_id) else Code.task_not_found)
    if held.is_due:
        _show(ports, task_id, report, held=held)
    else:
        ports.progress.note_task(held.job_id, task_id, read_report(report))
    return LeaseAnswer(leased_until=held.leased_until, light_work_waits=held.light_waits)


def _show(ports: JobPorts, task_id: str, report: ProgressReport, *, held: HeldTask) -> None:
    """Write what all tasks of the job reported to its row, and announce it. The row is locked, so
    that reports of two chunks cannot make the percentage fall. Raises as report_progress does: the
    lease may have been lost since it was read."""
    known = ports.progress.list_tasks(held.job_id)
    with ports.database.begin() as tx:
        locked = lock_task(tx, task_id)
        check_lease(locked, report)
        tasks = tx.tasks.list_of_job(held.job_id, job_attempt=locked.job.attempts)
        job, live = take_report(report, task_id=task_id, job=locked.job, tasks=tasks, known=known)
        tx.jobs.save_progress(job)  # even if nothing changed: the next is due a while after this one
        if report.percent != locked.task.progress_percent:
            tx.tasks.save_progress(task_id, percent=report.percent)
    # after the commit: nothing that may be rolled back is shown
    ports.progress.note_task(job.id, task_id, read_report(report))
    ports.progress.save(job.id, live)
    view = build_job_view(job, live=live)
    ports.progress.announce(job.id, "progress", job=view.model_dump(mode="json"))


def take_processor_report(ports: JobPorts, report: ProcessorReport) -> None:
    """Save it; sweeps/show_waiting.py turns it into what jobs show."""
    with ports.database.begin() as tx:
        tx.processors.note_report(report)
