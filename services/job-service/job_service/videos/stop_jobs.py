"""The jobs of a video that is deleted, as the use cases of jobs stop them."""

from collections.abc import Sequence

from job_service.jobs.announce_job import announce_end
from job_service.jobs.cancel_jobs_of_video import cancel_jobs_of_video
from job_service.jobs.ports import JobPorts
from job_service.platform.ports import Transaction


class VideoJobStopper:
    """JobStopper."""

    def __init__(self, ports: JobPorts) -> None:
        self._ports = ports

    def cancel_jobs(self, transaction: Transaction, video_id: str) -> list[str]:
        return cancel_jobs_of_video(self._ports, transaction, video_id)

    def announce_jobs(self, job_ids: Sequence[str]) -> None:
        for job_id in job_ids:
            announce_end(self._ports, job_id, status="cancelled")
