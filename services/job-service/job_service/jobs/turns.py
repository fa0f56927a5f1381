"""What decides when a task is granted, besides its user and its job's priority: how much of the job
remains, and whether the task is light.

The order itself is stores/task_choice.py. Durations are source seconds, probed at confirm.
"""

from collections.abc import Sequence
from typing import Final

from job_service.jobs.job import Job
from job_service.jobs.task import Task
from videoforge.messages import TaskKind

#: Light work is done beside the chunks of a long film, so that it waits for none of them. It has to
#: be short itself, because light work waits for light work: encoding 30 s takes about as long as
#: one chunk, and reading, encoding the sound of and joining 10 min take a few seconds each.
_LIGHT_ENCODE_SECONDS: Final = 30.0
_LIGHT_SECONDS: Final = 600.0


def is_light(kind: TaskKind, *, source_seconds: float) -> bool:
    return source_seconds <= (_LIGHT_ENCODE_SECONDS if kind == "encode" else _LIGHT_SECONDS)


def compute_remaining_seconds(job: Job, *, tasks: Sequence[Task]) -> float:
    """Return how much of the source is not encoded yet."""
    plan = job.known_plan
    if plan is None:
        return job.source_seconds
    done = {task.chunk_index for task in tasks if task.kind == "encode" and task.status == "done"}
    return sum(chunk.duration_seconds for chunk in plan.chunks if chunk.index not in done)
