"""Bodies and answers of jobs. A job itself is JobView (jobs/views.py), a job request is NewJob
(jobs/job_request.py)."""

from pydantic import BaseModel, Field

from job_service.jobs.job import JobStatus
from job_service.jobs.job_request import NewJob
from job_service.jobs.views import JobView
from job_service.request_body import RequestBody


class NewJobBatch(RequestBody):
    """All of them are queued, or none."""

    items: list[NewJob] = Field(min_length=1, max_length=100)


class JobBatch(BaseModel):
    batch_id: str
    items: list[JobView]


class JobListQuery(RequestBody):
    status: JobStatus | None = None
    video_id: str | None = Field(default=None, max_length=64)
    batch_id: str | None = Field(default=None, max_length=64)
    cursor: str | None = Field(default=None, max_length=500)
    limit: int = Field(default=20, ge=1, le=100)


class JobList(BaseModel):
    items: list[JobView]
    next_cursor: str | None
