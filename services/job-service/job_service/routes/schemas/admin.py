"""Queries and answers of the administrators' routes."""

from datetime import datetime

from pydantic import BaseModel, Field

from job_service.jobs.job import MAX_PRIORITY, MIN_PRIORITY
from job_service.jobs.job_parts import JobError
from job_service.jobs.task import TaskStatus
from job_service.request_body import RequestBody
from job_service.routes.schemas.jobs import JobListQuery
from videoforge.messages import TaskKind, WaitingFor


class SetAsideAnswer(BaseModel):
    """A task, message or upload that cannot be processed, the reason, and how often it was
    tried."""

    kind: str
    row_id: str
    reason: str
    times: int
    first_seen_at: datetime
    last_seen_at: datetime


class QueueAnswer(BaseModel):
    """The first three are the queue's own estimates, null while it does not respond. `dead_letters`
    counts the messages taken from the dead-letter queue in the last 15 days, by outcome;
    `waiting_tasks` the pending tasks that are blocked, by what they wait for: `store`, `queue`,
    `room` or `processor`. `set_aside` counts by kind the rows that no sweep can process, most
    likely written by another version; `set_aside_rows` are the last 20. `oldest_message_seconds` is
    the age of the oldest message that should have been sent."""

    visible: int | None
    in_flight: int | None
    dead: int | None
    pending_tasks: int
    running_tasks: int
    oldest_pending_seconds: float | None
    outbox_waiting: int
    dead_letters: dict[str, int]
    waiting_tasks: dict[str, int]
    set_aside: dict[str, int]
    set_aside_rows: list[SetAsideAnswer]
    oldest_message_seconds: float | None


class TaskListQuery(RequestBody):
    status: TaskStatus | None = None
    kind: TaskKind | None = None
    job_id: str | None = Field(default=None, max_length=64)
    processor_id: str | None = Field(default=None, max_length=200)
    cursor: str | None = Field(default=None, max_length=500)
    limit: int = Field(default=20, ge=1, le=100)


class TaskAnswer(BaseModel):
    """`waiting_for` is set while the task is blocked, since `waiting_since_at`; `error` is the
    cause."""

    id: str
    job_id: str
    job_attempt: int
    kind: TaskKind
    chunk_index: int
    status: TaskStatus
    priority: int
    attempt: int
    dispatch: int
    processor_id: str | None
    leased_until: datetime | None
    not_before_at: datetime
    dispatched_at: datetime
    failures: int
    crashes: int
    interruptions: int
    waiting_for: WaitingFor | None
    waiting_since_at: datetime | None
    progress_percent: float
    error: JobError | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class TaskList(BaseModel):
    """`counts` covers all tasks, by status."""

    counts: dict[str, int]
    items: list[TaskAnswer]
    next_cursor: str | None


class AllJobsQuery(JobListQuery):
    user_id: str | None = Field(default=None, max_length=128)


class ProcessorAnswer(BaseModel):
    """`last_seen_at` is when it last reported: every 15 s when idle, every 30 s when working.
    `task_id` is its latest task, null once it has handed that task back. `reasons` are codes of
    what keeps it from taking tasks, `waiting_for` the one of them that jobs show; `room_bytes` is
    the free space of its scratch folder."""

    id: str
    first_seen_at: datetime
    last_seen_at: datetime
    task_id: str | None
    waiting_for: WaitingFor | None
    reasons: list[str]
    room_bytes: int | None


class ProcessorList(BaseModel):
    items: list[ProcessorAnswer]


class JobChange(RequestBody):
    """Jobs with a higher `priority` are sent first."""

    priority: int = Field(ge=MIN_PRIORITY, le=MAX_PRIORITY)


class FailureAnswer(BaseModel):
    """Jobs that failed with this code and have not been retried, and when the latest of them
    did."""

    code: str
    count: int
    last_at: datetime


class StatsAnswer(BaseModel):
    """The last day is the last 24 hours; means are over the jobs completed in it. `failures` covers
    the last 7 days, the most frequent code first."""

    users: int
    videos: int
    source_bytes: int
    rendition_bytes: int
    jobs: dict[str, int]
    tasks: dict[str, int]
    created_last_day: int
    completed_last_day: int
    failed_last_day: int
    mean_queue_seconds: float | None
    mean_encode_seconds: float | None
    failures: list[FailureAnswer]


class RedriveAnswer(BaseModel):
    """How many dead letters were processed; the task of each is sent again if it is still
    waiting."""

    dead_letters: int
