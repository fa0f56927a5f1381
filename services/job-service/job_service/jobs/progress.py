"""A job's progress: from the reports of its tasks to one honest percentage.

    prepare 5   encode 85 (each chunk by its share of the film)   assemble 9   published 1

Sound that is encoded by a task of its own takes 3 of the encode's share. Phases are weighted by
roughly their share of a job's total time. The figures here are what the tasks report now, which can
be less than before when a chunk is lost and encoded again; Job.advance makes sure that no shown
percentage falls. Percentages are 0–100; `speed` is source seconds per second of all chunks
together; eta.py says how long that takes. Live progress may be lost: the rows hold what is shown,
and what is lost comes with the next reports.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from job_service.jobs.eta import Estimate, RunningChunk, estimate_end
from job_service.jobs.job import Job
from job_service.jobs.job_parts import JobRendition
from job_service.jobs.task import Task
from videoforge.messages import AttemptProgress, ProgressReport, WaitingFor

PREPARE_WEIGHT: Final = 5.0
ENCODE_WEIGHT: Final = 85.0
AUDIO_WEIGHT: Final = 3.0
ASSEMBLE_WEIGHT: Final = 9.0


@dataclass(frozen=True, kw_only=True)
class TaskProgress:
    """What the last report of a task says; `renditions` maps a format to its percentage. Its row
    has the percentage too, but not of every report (tasks/reports.py)."""

    percent: float | None = None
    speed: float | None = None
    renditions: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class LiveProgress:
    """What is known of a running job apart from its row. `attempts` is the job's: progress of an
    earlier attempt says nothing about this one. `processors` is how many work on it, `waiting_for`
    what the task that reported last waits for."""

    attempts: int
    speed: float | None = None
    eta_seconds: float | None = None
    eta_range_seconds: list[float] | None = None
    processors: int = 0
    waiting_for: WaitingFor | None = None


def take_report(
    report: ProgressReport,
    *,
    task_id: str,
    job: Job,
    tasks: Sequence[Task],
    known: Mapping[str, TaskProgress],
) -> tuple[Job, LiveProgress]:
    """Return the job after one task's report, and its live progress. `tasks` are all tasks of this
    attempt of the job; `known` are the last reports of them all, as far as the cache has them."""
    known = {**known, task_id: read_report(report)}
    tasks = [_bring_up_to_date(task, known.get(task.id)) for task in tasks]
    percent = compute_percent(job, tasks=tasks)
    speed = _sum_speeds(tasks, known=known) if report.phase == "encoding" else None
    end = estimate_job_end(job, tasks=tasks, known=known) if speed else None
    live = LiveProgress(
        attempts=job.attempts,
        speed=speed,
        eta_seconds=end.seconds if end else None,
        eta_range_seconds=[end.low_seconds, end.high_seconds] if end else None,
        processors=count_processors(tasks),
        waiting_for=report.waiting_for,
    )
    renditions = compute_renditions(job, tasks=tasks, known=known)
    return job.advance(phase=report.phase, percent=percent, renditions=renditions), live


def read_report(report: AttemptProgress) -> TaskProgress:
    """Return what is kept of a report."""
    reached = {item.format: item.progress_percent for item in report.renditions}
    return TaskProgress(percent=report.percent, speed=report.speed, renditions=reached)


def _bring_up_to_date(task: Task, known: TaskProgress | None) -> Task:
    if known is None or known.percent is None or task.status != "running":
        return task
    return replace(task, progress_percent=known.percent)


def compute_percent(job: Job, *, tasks: Sequence[Task]) -> float:
    """Return the whole job's percentage, below 100."""
    shares = _share_by_task(job, tasks=tasks)
    audio = AUDIO_WEIGHT if any(task.kind == "audio" for task in tasks) else 0.0
    weights = {
        "prepare": PREPARE_WEIGHT,
        "encode": ENCODE_WEIGHT - audio,
        "audio": audio,
        "assemble": ASSEMBLE_WEIGHT,
    }
    reached = (weights[task.kind] * shares[task.id] * _percent_of(task) / 100 for task in tasks)
    return round(sum(reached), 2)


def compute_renditions(
    job: Job, *, tasks: Sequence[Task], known: Mapping[str, TaskProgress]
) -> list[JobRendition]:
    """Return the job's renditions with the progress of each; a format without a figure of its own
    has that of its task."""
    encodes = [task for task in tasks if task.kind == "encode"]
    shares = _share_by_task(job, tasks=tasks)
    is_done = bool(encodes) and all(task.status == "done" for task in encodes)
    shown = []
    for rendition in job.renditions:
        reached = sum(
            shares[task.id] * _percent_of(task, known=known.get(task.id), name=rendition.format)
            for task in encodes
        )
        percent = round(min(100.0, reached), 2)
        status = "done" if is_done else "encoding" if percent > 0 else "pending"
        shown.append(rendition.model_copy(update={"progress_percent": percent, "status": status}))
    return shown


def count_processors(tasks: Sequence[Task]) -> int:
    """Return how many processors work on these tasks now; one may do several."""
    return len({task.processor_id for task in tasks if task.status == "running"})


def estimate_job_end(
    job: Job, *, tasks: Sequence[Task], known: Mapping[str, TaskProgress]
) -> Estimate | None:
    """Return how long the job still takes, or None while no speed is known."""
    plan = job.known_plan
    if plan is None:
        return None
    durations = {chunk.index: chunk.duration_seconds for chunk in plan.chunks}
    encodes = [task for task in tasks if task.kind == "encode" and task.chunk_index in durations]
    return estimate_end(
        [
            RunningChunk(
                left_seconds=durations[task.chunk_index] * (1 - task.progress_percent / 100),
                speed=known[task.id].speed if task.id in known else None,
            )
            for task in encodes
            if task.status == "running"
        ],
        waiting_seconds=[durations[task.chunk_index] for task in encodes if task.status == "pending"],
        after_seconds=plan.duration_seconds * (100 - PREPARE_WEIGHT - ENCODE_WEIGHT) / ENCODE_WEIGHT,
    )


def _percent_of(task: Task, *, known: TaskProgress | None = None, name: str = "") -> float:
    if task.status == "done":
        return 100.0
    return known.renditions.get(name, task.progress_percent) if known else task.progress_percent


def _share_by_task(job: Job, *, tasks: Sequence[Task]) -> dict[str, float]:
    """Return each task's share of its kind, 0–1: a chunk counts by its duration."""
    plan = job.known_plan
    durations = {chunk.index: chunk.duration_seconds for chunk in plan.chunks} if plan else {}
    total = sum(durations.values())
    return {
        task.id: durations.get(task.chunk_index, 0.0) / total if task.kind == "encode" and total else 1.0
        for task in tasks
    }


def _sum_speeds(tasks: Sequence[Task], *, known: Mapping[str, TaskProgress]) -> float | None:
    """Chunks that are encoded in parallel add up."""
    speeds = [
        known[task.id].speed or 0.0
        for task in tasks
        if task.kind == "encode" and task.status == "running" and task.id in known
    ]
    return round(sum(speeds), 3) or None
