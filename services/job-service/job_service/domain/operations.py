"""What an operator looks at: counts and figures of the whole installation, as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class ProcessorSeen:
    """A processor and the task it was last seen at, None when it gave that back. It is seen while it works,
    with each heartbeat, and not while it waits."""

    id: str
    first_seen_at: datetime
    last_seen_at: datetime
    task_id: str | None


@dataclass(frozen=True, kw_only=True)
class Backlog:
    """What waits: `oldest_pending_seconds` is how long the longest-waiting task could have been claimed."""

    pending_tasks: int
    running_tasks: int
    oldest_pending_seconds: float | None
    outbox_waiting: int
    dead_letters: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Counts by status, what is stored, and the last 24 hours. Seconds are means over completed jobs."""

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
