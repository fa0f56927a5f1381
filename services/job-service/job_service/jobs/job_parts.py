"""The parts of a job that are JSON in its row, as they are on the wire too."""

from pydantic import BaseModel, ConfigDict


class JobPart(BaseModel):
    model_config = ConfigDict(frozen=True)


class JobRendition(JobPart):
    """`status` is pending, encoding or done; `bitrate_bps` is the target, then what was measured."""

    format: str
    width: int
    height: int
    bitrate_bps: int
    progress_percent: float
    status: str


class JobSkipped(JobPart):
    format: str
    reason: str


class JobError(JobPart):
    code: str
    message: str
    retryable: bool
    hint: str | None = None


class JobMetrics(JobPart):
    """Of this try of the job: the seconds from asking for it (or asking again) to its first task's start, and
    sums over all tasks and tries of tasks that brought a result."""

    queue_seconds: float | None = None
    download_seconds: float | None = None
    encode_seconds: float | None = None
    upload_seconds: float | None = None
    cpu_seconds: float | None = None
