"""How far a job is: from what its tasks report to one honest percentage.

    prepare 5   encode 85 (each chunk by its share of the film)   assemble 9   published 1

Phases weigh about what they take of a whole job's time. A percentage never falls, also when a chunk is
lost and begun again, and is 100 only after publishing. Percentages are 0–100; `speed` is source seconds per
second, `eta_seconds` seconds until completion at that speed. Live progress is lost without harm: the rows
carry what is shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from job_service.jobs.job import Job
from job_service.jobs.task import Task
from videoforge.messages import Phase, ProgressReport, WaitingFor

PREPARE_WEIGHT: Final = 5.0
ENCODE_WEIGHT: Final = 85.0
ASSEMBLE_WEIGHT: Final = 9.0


@dataclass(frozen=True, kw_only=True)
class TaskProgress:
    """The last report of one task; `renditions` maps a format to its percentage."""

    percent: float = 0
    speed: float | None = None
    renditions: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class LiveProgress:
    """What is known of a running job beside its row. `attempts` is the job's: progress of an earlier try says
    nothing about this one. `waiting_for` is what the task of the last report waits for."""

    attempts: int
    phase: Phase
    progress_percent: float
    speed: float | None = None
    eta_seconds: float | None = None
    renditions: list[dict[str, Any]] = field(default_factory=list)
    tasks: Mapping[str, TaskProgress] = field(default_factory=dict)
    waiting_for: WaitingFor | None = None


def take_report(
    report: ProgressReport, *, task: Task, job: Job, tasks: Sequence[Task], before: LiveProgress | None
) -> LiveProgress:
    """Return the job's progress after one task's report. `tasks` are all of this try of the job; `before`
    is what was known, or None after a loss of the cache."""
    known = dict(before.tasks) if before and before.attempts == job.attempts else {}
    last = known.get(task.id, TaskProgress(percent=task.progress_percent))
    known[task.id] = TaskProgress(
        percent=max(last.percent, report.percent),
        speed=report.speed,
        renditions={
            **last.renditions,
            **{
                item.format: max(item.progress_percent, last.renditions.get(item.format, 0.0))
                for item in report.renditions
            },
        },
    )
    floor = before.progress_percent if before and before.attempts == job.attempts else 0.0
    percent = max(job.progress_percent, floor, compute_percent(job, tasks=tasks, known=known))
    speed = _sum_speeds(tasks, known=known) if task.kind == "encode" else None
    return LiveProgress(
        attempts=job.attempts,
        phase=report.phase,
        progress_percent=round(percent, 2),
        speed=speed,
        eta_seconds=estimate_seconds(job, percent=percent, speed=speed),
        renditions=compute_renditions(job, tasks=tasks, known=known, before=before),
        tasks=known,
        waiting_for=report.waiting_for,
    )


def compute_percent(job: Job, *, tasks: Sequence[Task], known: Mapping[str, TaskProgress]) -> float:
    """Return the whole job's percentage, below 100."""
    shares = _share_by_task(job, tasks=tasks)
    weights = {"prepare": PREPARE_WEIGHT, "encode": ENCODE_WEIGHT, "assemble": ASSEMBLE_WEIGHT}
    return sum(weights[task.kind] * shares[task.id] * _percent_of(task, known=known) / 100 for task in tasks)


def compute_renditions(
    job: Job,
    *,
    tasks: Sequence[Task],
    known: Mapping[str, TaskProgress],
    before: LiveProgress | None = None,
) -> list[dict[str, Any]]:
    """Return the job's renditions with what each has reached; a format without a figure of its own goes
    with its task. Neither the row's figure nor the cache's is always the higher one: the cache is written
    after the commit, so that an older report may be the last to write it."""
    encodes = [task for task in tasks if task.kind == "encode"]
    shares = _share_by_task(job, tasks=tasks)
    cached = {}
    if before and before.attempts == job.attempts:
        cached = {item["format"]: item["progress_percent"] for item in before.renditions}
    shown = []
    for rendition in job.renditions:
        name = rendition["format"]
        reached = sum(shares[task.id] * _percent_of(task, known=known, name=name) for task in encodes)
        floor = max(rendition["progress_percent"], cached.get(name, 0.0))
        percent = round(min(100.0, max(reached, floor)), 2)
        is_done = bool(encodes) and all(task.status == "done" for task in encodes)
        status = "done" if is_done else "encoding" if percent > 0 else "pending"
        shown.append({**rendition, "progress_percent": percent, "status": status})
    return shown


def estimate_seconds(job: Job, *, percent: float, speed: float | None) -> float | None:
    """Return the seconds left, or None while there is no speed. What is left of the job is taken to cost
    what its weight would cost in encoding."""
    plan = job.known_plan
    if plan is None or not speed or speed <= 0:
        return None
    return round(plan.duration_seconds * (100.0 - percent) / ENCODE_WEIGHT / speed, 1)


def _percent_of(task: Task, *, known: Mapping[str, TaskProgress], name: str | None = None) -> float:
    if task.status == "done":
        return 100.0
    live = known.get(task.id)
    if live is None:
        return task.progress_percent
    return live.renditions.get(name, live.percent) if name else max(live.percent, task.progress_percent)


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
    """Chunks that are encoded side by side add up."""
    speeds = [
        known[task.id].speed or 0.0
        for task in tasks
        if task.kind == "encode" and task.status == "running" and task.id in known
    ]
    return round(sum(speeds), 3) or None
