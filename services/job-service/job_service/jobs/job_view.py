"""A job as it is on the wire, in answers and in events; the one place that knows its JSON."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from job_service.jobs.job import Job, JobStatus
from job_service.jobs.job_parts import JobError, JobMetrics, JobRendition, JobSkipped
from job_service.jobs.progress import LiveProgress
from videoforge.encode_options import EncodeOptions
from videoforge.messages import JobWarning, Phase, WaitingFor


def _want_all_options(schema: dict[str, Any]) -> None:
    """Describe the options as an answer has them: a request may leave them out, an answer never does."""
    for name in EncodeOptions.model_fields:
        del schema["properties"][name]["default"]
    schema["required"] = list(EncodeOptions.model_fields)


class JobConfiguration(EncodeOptions):
    """How the video is encoded: the options asked for, and what is known once the source was inspected."""

    model_config = ConfigDict(extra="ignore", json_schema_extra=_want_all_options)

    frame_rate: str | None = None
    duration_seconds: float | None = None
    chunk_count: int | None = None
    deinterlace: bool | None = None
    tone_map: str | None = None


class JobView(BaseModel):
    """A job. `queue_position` counts the jobs that go before it while it is pending. `waiting_for` is set
    while the job stands still for something that is away, and goes on by itself: the object `store`, the
    `queue`, `room` on a processor's disk, or a `processor` that is fit to work."""

    id: str
    video_id: str
    user_id: str
    batch_id: str | None
    status: JobStatus
    phase: Phase
    waiting_for: WaitingFor | None
    progress_percent: float
    speed: float | None
    eta_seconds: float | None
    queue_position: int | None
    priority: int
    configuration: JobConfiguration
    output_formats: list[str]
    skipped: list[JobSkipped]
    renditions: list[JobRendition]
    warnings: list[JobWarning]
    error: JobError | None
    attempts: int
    metrics: JobMetrics
    created_at: datetime
    started_at: datetime | None
    updated_at: datetime
    completed_at: datetime | None


def build_job_view(
    job: Job,
    *,
    live: LiveProgress | None = None,
    queue_position: int | None = None,
    waiting_for: WaitingFor | None = None,
) -> JobView:
    """Return the job as its row tells it. Live come only its speed and what follows from that, for the row
    carries all that must not fall. `waiting_for` is what its tasks wait for; nobody knows how long, so that
    there is no estimate beside it."""
    speed, eta_seconds = None, None
    if live is not None and live.attempts == job.attempts and job.status == "processing":
        speed, eta_seconds = live.speed, live.eta_seconds
        waiting_for = waiting_for or live.waiting_for
    if waiting_for and not job.is_final:
        speed, eta_seconds = None, None
    return JobView(
        id=job.id,
        video_id=job.video_id,
        user_id=job.user_id,
        batch_id=job.batch_id,
        status=job.status,
        queue_position=queue_position if job.status == "pending" else None,
        waiting_for=None if job.is_final else waiting_for,
        priority=job.priority,
        configuration=_build_configuration(job),
        output_formats=job.output_formats,
        skipped=job.skipped,
        warnings=job.warnings,
        error=job.error,
        attempts=job.attempts,
        metrics=job.metrics,
        created_at=job.created_at,
        started_at=job.started_at,
        updated_at=job.updated_at,
        completed_at=job.completed_at,
        phase=job.phase,
        progress_percent=job.progress_percent,
        speed=speed,
        eta_seconds=eta_seconds,
        renditions=job.renditions,
    )


def _build_configuration(job: Job) -> JobConfiguration:
    plan, options = job.known_plan, job.known_options.model_dump()
    if plan is None:
        return JobConfiguration(**options)
    return JobConfiguration(
        **options,
        frame_rate=plan.frame_rate,
        duration_seconds=plan.duration_seconds,
        chunk_count=len(plan.chunks),
        deinterlace=plan.deinterlace,
        tone_map=plan.tone_map,
    )
