"""Take a processor's report about segments that it has stored: from now on they may be watched."""

from dataclasses import dataclass

from job_service.jobs.listed import measure_first_seconds, note_listed
from job_service.jobs.ports import JobPorts
from job_service.tasks.check_segments import check_segments
from job_service.tasks.lease import check_lease, lock_task
from videoforge.messages import LeaseAnswer, SegmentReport
from videoforge.problems import Code, Problem


@dataclass(frozen=True, kw_only=True)
class Listed:
    """`first_seconds` is set by the report from which on the video can be watched."""

    answer: LeaseAnswer
    first_seconds: float | None


def list_segments(ports: JobPorts, task_id: str, report: SegmentReport) -> Listed:
    """The answer is when the lease ends; a report does not extend it. Of a number that is listed already
    the first segment stays, so a second call changes nothing. Raises Problem 409 `lease_lost`, 422
    `wrong_result` for segments that are not this attempt's or not of its chunk."""
    with ports.database.begin() as tx:
        locked = lock_task(tx, task_id)
        check_lease(locked, report)
        check_segments(report.tracks, job=locked.job, task=locked.task)
        job = note_listed(tx, locked.job, report.tracks)
        if job != locked.job:
            tx.jobs.save_playable(job)
        first_seconds = measure_first_seconds(locked.job, job, now=tx.jobs.read_clock())
        leased_until = locked.task.leased_until
    if leased_until is None:
        raise Problem(Code.lease_lost)
    return Listed(answer=LeaseAnswer(leased_until=leased_until), first_seconds=first_seconds)
