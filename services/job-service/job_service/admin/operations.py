"""What an operator looks at: counts and figures of the whole installation, as values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from job_service.set_aside.reason import SetAsideRow
from videoforge.messages import WaitingFor


@dataclass(frozen=True, kw_only=True)
class ProcessorSeen:
    """A processor and the task it last worked on, None if it gave that back. A busy one is seen
    with each heartbeat, an idle one with each report. `reasons` are codes for what keeps it from
    taking tasks; empty if it takes them."""

    id: str
    first_seen_at: datetime
    last_seen_at: datetime
    task_id: str | None
    waiting_for: WaitingFor | None = None
    reasons: Sequence[str] = ()
    room_bytes: int | None = None


@dataclass(frozen=True, kw_only=True)
class Backlog:
    """What waits: `oldest_pending_seconds` is how long the oldest pending task has been claimable,
    `oldest_message_seconds` the age of the oldest message that should have been sent.
    `waiting_tasks` counts the pending tasks that wait for something, by what it is; `set_aside`
    counts by kind the rows that no sweep can process, and `set_aside_rows` are some of them."""

    pending_tasks: int
    running_tasks: int
    oldest_pending_seconds: float | None
    outbox_waiting: int
    dead_letters: Mapping[str, int]
    waiting_tasks: Mapping[str, int] = field(default_factory=dict)
    set_aside: Mapping[str, int] = field(default_factory=dict)
    set_aside_rows: Sequence[SetAsideRow] = ()
    oldest_message_seconds: float | None = None


@dataclass(frozen=True, kw_only=True)
class FailureCount:
    """Jobs that failed with the same error `code` and have not been retried."""

    code: str
    count: int
    last_at: datetime


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Counts by status, stored bytes, the last 24 hours, and why jobs failed in the last 7 days.
    Seconds are means over completed jobs."""

    users: int
    videos: int
    source_bytes: int
    rendition_bytes: int
    jobs: Mapping[str, int]
    tasks: Mapping[str, int]
    created_last_day: int
    completed_last_day: int
    failed_last_day: int
    mean_queue_seconds: float | None
    mean_encode_seconds: float | None
    failures: Sequence[FailureCount]


@dataclass(frozen=True, kw_only=True)
class TaskFilter:
    status: str | None = None
    kind: str | None = None
    job_id: str | None = None
    processor_id: str | None = None
