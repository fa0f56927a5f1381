"""Everything that is known of a stack at one moment, as values: what the checker judges.

Rows are plain dictionaries as PostgreSQL gives them, reduced to the columns that a rule reads. `playback`
has a text for each published video that was played: empty where it played, else what a viewer stumbled
over. `seen` is what somebody watched from outside while it happened.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Sighting:
    """One look at a job; `at_seconds` counts from the beginning of the watch, `waiting_for` names what is
    away while the job stands still."""

    at_seconds: float
    status: str
    percent: float
    waiting_for: str | None = None


@dataclass
class JobWatch:
    """A job that was accepted, and how it looked from outside. `key` is the Idempotency-Key it was asked
    for with; asking again with the same key adds to `job_ids`. Of a job that was retried, only the time
    since counts."""

    job_id: str
    video_id: str
    key: str
    formats: tuple[str, ...] = ()
    sightings: list[Sighting] = field(default_factory=list)
    job_ids: set[str] = field(default_factory=set)
    is_cancel_asked: bool = False


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """`overdue_lease_seconds` is how long ago the oldest lease of a task that still counts as running
    ended, per task id."""

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
