"""Everything that is known about a stack at one moment, as values for the checker.

Rows are plain dictionaries from PostgreSQL, reduced to the columns that a rule reads. `playback`
has a text for each published video that was played: empty if it played, otherwise what went wrong.
`seen` is what was observed from outside meanwhile.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Sighting:
    """One observation of a job; `at_seconds` counts from the start of the watch, `waiting_for`
    names what is unavailable while the job makes no progress."""

    at_seconds: float
    status: str
    percent: float
    waiting_for: str | None = None


@dataclass
class JobWatch:
    """An accepted job, and how it looked from outside. `key` is the Idempotency-Key of its request;
    repeating the request with the same key adds to `job_ids`. For a retried job, only the time
    since the retry counts."""

    job_id: str
    video_id: str
    key: str
    formats: tuple[str, ...] = ()
    sightings: list[Sighting] = field(default_factory=list)
    job_ids: set[str] = field(default_factory=set)
    is_cancel_asked: bool = False


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """`overdue_lease_seconds` is how long ago the oldest lease of a task that still counts as
    running expired, per task id."""

    jobs: Sequence[Row] = ()
    tasks: Sequence[Row] = ()
    assets: Sequence[Row] = ()
    uploads: Sequence[Row] = ()
    deletions: Sequence[Row] = ()
    outbox_waiting: Sequence[Row] = ()
    videos: Sequence[Row] = ()
    renditions: Sequence[Row] = ()
    publications: Sequence[Row] = ()
    overdue_lease_seconds: Mapping[str, float] = field(default_factory=dict)
    stored_keys: Sequence[str] = ()
    scratch_files: Sequence[str] = ()
    temporary_folders: Sequence[str] = ()
    stray_processes: Sequence[str] = ()
    playback: Mapping[str, str] = field(default_factory=dict)
    seen: Sequence[JobWatch] = ()
