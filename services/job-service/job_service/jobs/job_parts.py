"""The parts of a job that are JSON in its row; the API uses the same shapes."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class JobPart(BaseModel):
    model_config = ConfigDict(frozen=True)


class JobRendition(JobPart):
    """`status` is pending, encoding or done, which a rendition is once all of its segments are
    stored, even if those of others are not. `bitrate_bps` is the target, later the measured rate."""

    format: str
    width: int
    height: int
    bitrate_bps: int
    progress_percent: float
    status: str


class JobSkipped(JobPart):
    """`above_source` is said of formats that would only enlarge the picture, `already_made` of
    renditions that the video has, or gets from another job, and the job was not to replace."""

    format: str
    reason: str
    code: Literal["above_source", "already_made"] = "above_source"


class JobError(JobPart):
    code: str
    message: str
    retryable: bool
    hint: str | None = None


class JobMetrics(JobPart):
    """Of the current attempt of the job: the seconds from the request (or the retry) to the start
    of its first task, and totals over all task attempts that delivered a result; `read_bytes` were
    read of the source."""

    queue_seconds: float | None = None
    download_seconds: float | None = None
    encode_seconds: float | None = None
    upload_seconds: float | None = None
    cpu_seconds: float | None = None
    read_bytes: int | None = None
