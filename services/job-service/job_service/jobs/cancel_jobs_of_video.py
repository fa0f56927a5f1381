"""Stop every job of a video, inside the transaction that deletes it."""

from job_service.jobs.end_job import cancel_job_in
from job_service.jobs.ports import JobPorts
from job_service.platform.ports import Transaction


def cancel_jobs_of_video(ports: JobPorts, transaction: Transaction, video_id: str) -> list[str]:
    """Return the ids of the jobs that were stopped; announce_end tells of them after the commit.

    The source is locked first: a job that is being added at this moment is either seen here or sees the
    deletion, which must be written before in the same transaction.
    """
    ports.assets.find_source(transaction, video_id, lock="exclusive")
    jobs = ports.jobs.list_unfinished_of_video(transaction, video_id, for_update=True)
    now = ports.jobs.read_clock(transaction)
    for job in jobs:
        cancel_job_in(ports, transaction, job, now=now)
    return [job.id for job in jobs]
