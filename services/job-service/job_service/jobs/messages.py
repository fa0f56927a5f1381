"""The outbox messages about jobs: dispatch a task, publish renditions, and a job has ended.

A task and its message are written in the transaction that decided that the task is next.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Literal

from pydantic import BaseModel

from job_service.jobs.job import Job
from job_service.jobs.ports import JobTransaction
from job_service.jobs.room import estimate_needed_bytes
from job_service.jobs.task import Task
from job_service.jobs.turns import is_light
from job_service.outbox.message import OutboxMessage
from videoforge.gallery import GalleryPublication, GalleryRendition
from videoforge.messages import FinishedRendition, TaskKind
from videoforge.source_facts import SourceFacts


def build_dispatch(task: Task) -> OutboxMessage:
    """Return the message that the task is waiting; it is sent once the task may be claimed."""
    payload = {"task_id": task.id, "dispatch": task.dispatch, "priority": task.priority}
    return OutboxMessage(kind="task", payload=payload, due_at=task.not_before_at)


def build_publication(
    job: Job,
    *,
    renditions: list[FinishedRendition],
    thumbnail_key: str | None,
    source: SourceFacts | None = None,
) -> OutboxMessage:
    """The duration is that of the longest rendition: what can be watched, even if the source is cut
    off."""
    if source is not None:
        made = max(item.duration_seconds for item in renditions)
        source = source.model_copy(update={"duration_seconds": made})
    publication = GalleryPublication(
        job_id=job.id,
        renditions=[
            GalleryRendition(
                format=item.format,
                width=item.width,
                height=item.height,
                bitrate_bps=item.bitrate_bps,
                size_bytes=item.size_bytes,
            )
            for item in renditions
        ],
        thumbnail_key=thumbnail_key,
        source=source,
    )
    return OutboxMessage(
        kind="publish", payload={"video_id": job.video_id, "publication": publication.model_dump(mode="json")}
    )


class JobEnd(BaseModel):
    """A job has reached a final state. A retry of the job ends with a message of its own."""

    job_id: str
    status: Literal["completed", "failed", "cancelled"]


def build_job_end(job: Job) -> OutboxMessage:
    """Return the message that this job has ended; its state is final."""
    end = JobEnd.model_validate({"job_id": job.id, "status": job.status})
    return OutboxMessage(kind="job_ended", payload=end.model_dump())


def queue_tasks(
    tx: JobTransaction, job: Job, *, needed: Sequence[tuple[TaskKind, int]], others: Sequence[Task]
) -> None:
    """Queue tasks of these kinds and chunks, in this order; `others` are those that the job has. All
    of a film are written in a few statements, since its first picture waits for them. Their attempt
    numbers continue from the job's earlier tries, because outputs are stored under them and no key
    may be written twice."""
    now = tx.jobs.read_clock()
    source = tx.assets.find_source(job.video_id)
    attempt = tx.tasks.count_attempts(job.id, before_try=job.attempts)
    build = partial(
        _build_task,
        job,
        others=others,
        source_bytes=source.ref.size_bytes if source else 0,
        attempt=attempt,
        now=now,
    )
    tasks = [build(kind=kind, chunk_index=index) for kind, index in needed]
    tx.tasks.insert(tasks)
    tx.outbox.add_all([build_dispatch(task) for task in tasks])


def _build_task(
    job: Job,
    *,
    kind: TaskKind,
    chunk_index: int,
    others: Sequence[Task],
    source_bytes: int,
    attempt: int,
    now: datetime,
) -> Task:
    return Task(
        id=str(uuid.uuid4()),
        job_id=job.id,
        user_id=job.user_id,
        job_attempt=job.attempts,
        kind=kind,
        chunk_index=chunk_index,
        priority=job.priority,
        needed_bytes=estimate_needed_bytes(
            kind,
            source_bytes=source_bytes,
            tasks=others,
            plan=job.known_plan,
            chunk_index=chunk_index,
        ),
        is_light=is_light(kind, source_seconds=job.source_seconds),
        attempt=attempt,
        created_at=now,
        dispatched_at=now,
        not_before_at=now,
    )
