"""Stop every job of a video, inside the transaction that deletes it."""

from job_service.jobs.end_job import cancel_job_in
from job_service.jobs.ports import JobTransaction


def cancel_jobs_of_video(tx: JobTransaction, video_id: str) -> None:
    """Cancel what is unfinished.

    The source is locked first: a job that is being added at this moment is either seen here or sees the
    deletion, which must be written before in the same transaction.
    """
    tx.assets.find_source(video_id, lock="exclusive")
    jobs = tx.jobs.list_unfinished_of_video(video_id, for_update=True)
    now = tx.jobs.read_clock()
    for job in jobs:
        cancel_job_in(tx, job, now=now)
