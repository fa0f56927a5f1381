"""Bodies and answers of jobs; a job itself is use_cases/jobs/job_view.py's JobView."""

from typing import Annotated

from pydantic import BaseModel, Field, WithJsonSchema

from job_service.jobs.create_job import JobOrder
from job_service.jobs.job import MAX_PRIORITY, MIN_PRIORITY, JobStatus
from job_service.jobs.job_view import JobView
from job_service.web.documented import RequestBody
from videoforge.formats import FORMAT_NAMES
from videoforge.messages import RateControl

#: Taken in any case; an unknown one has a problem of its own.
FormatText = Annotated[str, WithJsonSchema({"type": "string", "enum": [*FORMAT_NAMES]})]


class NewJob(RequestBody):
    """What is larger than the source is skipped; the video's `available_formats` name what is not.
    `rate_control` quality keeps to the formats' bitrates as ceilings, bitrate aims at them. A job of higher
    `priority` is sent first."""

    video_id: str = Field(min_length=1, max_length=64)
    output_formats: list[FormatText] = Field(max_length=20)
    rate_control: RateControl = "quality"
    priority: int = Field(default=0, ge=MIN_PRIORITY, le=MAX_PRIORITY)

    def build_order(self) -> JobOrder:
        return JobOrder(
            video_id=self.video_id,
            output_formats=self.output_formats,
            rate_control=self.rate_control,
            priority=self.priority,
        )


class NewJobBatch(RequestBody):
    """All are queued or none."""

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
