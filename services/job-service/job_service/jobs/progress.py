"""A job's progress: from the reports of its tasks to one honest percentage.

    prepare 5   encode 85 (each chunk by its share of the film)   assemble 9   published 1

Phases are weighted by roughly their share of a job's total time. The figures here are what the
tasks report now, which can be less than before when a chunk is lost and encoded again; Job.advance
makes sure that no shown percentage falls. Percentages are 0–100; `speed` is source seconds per
second; `eta_seconds` is the time until completion at that speed. Live progress may be lost without
harm: the rows hold what is shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from job_service.jobs.job import Job
from job_service.jobs.job_parts import JobRendition
from job_service.jobs.task import Task
from videoforge.messages import ProgressReport, WaitingFor

PREPARE_WEIGHT: Final = 5.0
ENCODE_WEIGHT: Final = 85.0
ASSEMBLE_WEIGHT: Final = 9.0


@dataclass(frozen=True, kw_only=True)
class TaskProgress:
    """What the last report of a task says apart from its percentage, which is in its row;
    `renditions` maps a format to its percentage."""

    speed: float | None = None
    renditions: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class LiveProgress:
    """What is known of a running job apart from its row. `attempts` is the job's: progress of an
    earlier attempt says nothing about this one. `waiting_for` is what the task that reported last
    waits for."""

    attempts: int
    speed: float | None = None
    eta_seconds: float | None = None
    tasks: Mapping[str, TaskProgress] = field(default_factory=dict)
    waiting_for: WaitingFor | None = None


def take_report(
    report: ProgressReport, *, task: Task, job: Job, tasks: Sequence[Task], before: LiveProgress | None
) -> tuple[Job, LiveProgress]:
    """Return the job after one task's report, and its live progress. `tasks` are all tasks of this
    attempt of the job; `before` is the previous live progress, or None if the cache lost it."""
    reported = {item.format: item.progress_percent for item in report.renditions}
    known = {**list_known(job, before), task.id: TaskProgress(speed=report.speed, renditions=reported)}
    tasks = [replace(item, progress_percent=report.percent) if item.id == task.id else item for item in tasks]
    percent = round(compute_percent(job, tasks=tasks), 2)
    speed = _sum_speeds(tasks, known=known) if task.kind == "encode" else None
    live = LiveProgress(
        attempts=job.attempts,
        speed=speed,
        eta_seconds=estimate_seconds(job, percent=percent, speed=speed),
        tasks=known,
        waiting_for=report.waiting_for,
    )
    renditions = compute_renditions(job, tasks=tasks, known=known)
    return job.advance(phase=report.phase, percent=percent, renditions=renditions), live


def list_known(job: Job, live: LiveProgress | None) -> Mapping[str, TaskProgress]:
    """Return the live progress of the tasks of this attempt of the job."""
    return live.tasks if live and live.attempts == job.attempts else {}


def compute_percent(job: Job, *, tasks: Sequence[Task]) -> float:
    """Return the whole job's percentage, below 100."""
    shares = _share_by_task(job, tasks=tasks)
    weights = {"prepare": PREPARE_WEIGHT, "encode": ENCODE_WEIGHT, "assemble": ASSEMBLE_WEIGHT}
    return sum(weights[task.kind] * shares[task.id] * _percent_of(task) / 100 for task in tasks)


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


def estimate_seconds(job: Job, *, percent: float, speed: float | None) -> float | None:
    """Return the seconds left, or None while the speed is unknown. The remaining phases are assumed
    to take as long as encoding of the same weight."""
    plan = job.known_plan
    if plan is None or not speed or speed <= 0:
        return None
    return round(plan.duration_seconds * (100.0 - percent) / ENCODE_WEIGHT / speed, 1)


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
