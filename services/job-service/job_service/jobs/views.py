"""A job as the API shows it, in responses and events; only this module knows its JSON.

Reading a job or a page of jobs adds the live progress of those that run.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from job_service.jobs.job import Job, JobStatus
from job_service.jobs.job_parts import JobError, JobMetrics, JobRendition, JobSkipped
from job_service.jobs.ports import JobFilter, JobPorts, JobWork
from job_service.jobs.progress import LiveProgress
from job_service.platform.paging import PageStart
from videoforge.encode_options import EncodeOptions
from videoforge.messages import JobWarning, Phase, WaitingFor
from videoforge.problems import Code, Problem


def _want_all_options(schema: dict[str, Any]) -> None:
    """Describe the options as a response has them: a request may leave them out, a response never
    does."""
    for name in EncodeOptions.model_fields:
        del schema["properties"][name]["default"]
    schema["required"] = list(EncodeOptions.model_fields)


class JobConfiguration(EncodeOptions):
    """How the video is encoded: the requested options, and what is known once the source has been
    inspected."""

    model_config = ConfigDict(extra="ignore", json_schema_extra=_want_all_options)

    frame_rate: str | None = None
    duration_seconds: float | None = None
    chunk_count: int | None = None
    deinterlace: bool | None = None
    tone_map: str | None = None


class JobView(BaseModel):
    """A job. `queue_position` is the number of jobs ahead of it while it is pending. `processors`
    is how many processors work on it now; `eta_range_seconds` is the earliest and the latest end
    that their speeds suggest, around `eta_seconds`. The video can be watched from its start up to
    `playable_seconds`. `waiting_for` is set while the job waits for
    something that is unavailable, and the job continues by itself: the object `store`, the `queue`,
    `room` on a processor's disk, or a `processor` that can work."""

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
    eta_range_seconds: Annotated[list[float], Field(min_length=2, max_length=2)] | None
    processors: int
    playable_seconds: float
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
    work: JobWork | None = None,
) -> JobView:
    """Return the job as its row describes it. Only the speed and the estimate come from live
    progress, because the row holds everything that must not fall. `work` is what its tasks' rows
    say, None if that is as in live progress. Nobody knows how long a wait takes, so there is no
    estimate while no processor works on it."""
    if live is None or live.attempts != job.attempts or job.status != "processing":
        live = LiveProgress(attempts=job.attempts)
    work = work or JobWork(processors=live.processors)
    waiting_for = work.waiting_for or live.waiting_for
    if waiting_for or not work.processors:
        live = LiveProgress(attempts=job.attempts)
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
        speed=live.speed,
        eta_seconds=live.eta_seconds,
        eta_range_seconds=live.eta_range_seconds,
        processors=0 if job.is_final else work.processors,
        playable_seconds=0.0 if job.status in {"failed", "cancelled"} else job.playable_seconds,
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


@dataclass(frozen=True, kw_only=True)
class JobPage:
    """`next_start` is None on the last page."""

    items: list[JobView]
    next_start: PageStart | None


def get_job(ports: JobPorts, job_id: str, *, user_id: str | None) -> JobView:
    """Return the job; `user_id` None allows any user's job. Raises Problem 404 `job_not_found`,
    also for another user's job."""
    with ports.database.read() as tx:
        job = tx.jobs.find(job_id)
        if job is None or user_id not in {None, job.user_id}:
            raise Problem(Code.job_not_found)
        waiting = [job_id] if job.status == "pending" else []
        positions = tx.jobs.find_queue_positions(waiting)
        work = {} if job.is_final else tx.tasks.find_work([job_id])
    return _show(ports, job, queue_position=positions.get(job_id), work=work.get(job_id))


def list_jobs(ports: JobPorts, job_filter: JobFilter, *, after: PageStart | None, limit: int) -> JobPage:
    """Return a page, newest first; one extra row is read to see whether another page follows."""
    with ports.database.read() as tx:
        found = tx.jobs.list_page(job_filter, after=after, limit=limit + 1)
        jobs = found[:limit]
        pending = [job.id for job in jobs if job.status == "pending"]
        positions = tx.jobs.find_queue_positions(pending)
        work = tx.tasks.find_work([job.id for job in jobs if not job.is_final])
    has_more = len(found) > limit
    return JobPage(
        items=[
            _show(ports, job, queue_position=positions.get(job.id), work=work.get(job.id)) for job in jobs
        ],
        next_start=PageStart(created_at=jobs[-1].created_at, id=jobs[-1].id) if has_more else None,
    )


def _show(ports: JobPorts, job: Job, *, queue_position: int | None, work: JobWork | None) -> JobView:
    live = ports.progress.find(job.id) if job.status == "processing" else None
    return build_job_view(job, live=live, queue_position=queue_position, work=work)
