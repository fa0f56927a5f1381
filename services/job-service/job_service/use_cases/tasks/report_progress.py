"""Take a processor's report: to whoever watches at once, to the rows every few seconds."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from job_service.domain.progress import take_report
from job_service.ports.jobs import JobPorts
from job_service.use_cases.jobs.job_view import build_job_view
from job_service.use_cases.tasks.lease import check_lease, lock_task
from job_service.use_cases.tasks.refusals import lease_lost
from videoforge.messages import LeaseAnswer, ProgressReport

#: What a crash of Redis may take back; a write per report would be one a second for each processor.
SAVE_EVERY: Final = timedelta(seconds=5)


def report_progress(ports: JobPorts, task_id: str, report: ProgressReport) -> LeaseAnswer:
    """Return the lease's end, which a report does not move. Raises Problem 409 `lease_lost`.

    The job's row is locked meanwhile, so that reports of two chunks cannot make the percentage fall.
    """
    with ports.database.begin() as transaction:
        held = lock_task(ports, transaction, task_id)
        check_lease(held, report)
        job, task = held.job, held.task
        live = take_report(
            report,
            task=task,
            job=job,
            tasks=ports.tasks.list_of_job(transaction, job.id, job_attempt=job.attempts),
            before=ports.board.find(job.id),
        )
        if ports.jobs.read_clock(transaction) - job.updated_at >= SAVE_EVERY:
            job = job.advance(
                phase=live.phase, percent=live.progress_percent, renditions=live.renditions or None
            )
            ports.jobs.save(transaction, job)
            reached = max(task.progress_percent, report.percent)
            ports.tasks.save(transaction, replace(task, progress_percent=reached))
        ports.board.save(job.id, live)
        leased_until = task.leased_until
    view = build_job_view(job, live=live)
    ports.board.announce(job.id, "progress", job=view.model_dump(mode="json"))
    if leased_until is None:
        raise lease_lost()
    return LeaseAnswer(leased_until=leased_until)
