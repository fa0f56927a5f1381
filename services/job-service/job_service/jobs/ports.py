"""Jobs and tasks: their rows, the outbox, and what a job reads and leaves. Where their news goes is in
outlets.py.

Whoever changes a job locks its row first and its tasks after it, so that no two transactions wait for each
other. Stores only read and write; what may follow what is decided by job.py and task.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from job_service.idempotency.ports import IdempotencyTransaction
from job_service.jobs.api_beat import ApiBeat
from job_service.jobs.job import Job, JobStatus
from job_service.jobs.job_event import EventKind
from job_service.jobs.progress import LiveProgress
from job_service.jobs.task import Task
from job_service.outbox.message import MessageKind, OutboxEntry, OutboxMessage
from job_service.platform.paging import PageStart
from job_service.platform.ports import Database
from job_service.quotas.ports import QuotaTransaction
from job_service.quotas.quota import Quotas
from job_service.set_aside.ports import SetAsideTransaction
from videoforge.gallery import GalleryPublication, GalleryStatusChange, GalleryTrashChanges
from videoforge.messages import (
    FinishedAudio,
    FinishedRendition,
    ProcessorReport,
    SourceRef,
    TaskMessage,
    WaitingFor,
)


@dataclass(frozen=True, kw_only=True)
class QueueDepth:
    """Messages that wait, that somebody has received, and that were given up. All are estimates."""

    visible: int
    in_flight: int
    dead: int


@dataclass(frozen=True, kw_only=True)
class DeadMessage:
    id: str
    receipt_handle: str
    body: str


class TaskQueue(Protocol):
    """The queue of hints. Calls raise Problem 503 `queue_unavailable` when it does not answer."""

    def send(self, messages: Sequence[TaskMessage]) -> list[TaskMessage]:
        """Send in this order, and return those that were not taken. A dispatch that was sent before is
        dropped by the queue."""

    def read_depth(self) -> QueueDepth: ...

    def receive_dead(self, *, limit: int) -> list[DeadMessage]: ...

    def delete_dead(self, message: DeadMessage) -> None: ...


class ProgressStore(Protocol):
    """Live progress and the events that streams show. Losing it loses nothing: no call raises."""

    def find(self, job_id: str) -> LiveProgress | None: ...

    def save(self, job_id: str, progress: LiveProgress) -> None: ...

    def forget(self, job_id: str) -> None: ...

    def announce(self, job_id: str, event: EventKind, *, job: Mapping[str, Any]) -> None:
        """Tell whoever watches; `job` is the job's JSON."""


class JobMetrics(Protocol):
    """Counts jobs that reached a final state, for the operator; each process has its own."""

    def count_end(self, status: JobStatus) -> None: ...


class GalleryFeed(Protocol):
    """What the gallery is told. Calls raise Problem: 404 for a video that it does not know, 503 when it does
    not answer."""

    def publish(self, publication: GalleryPublication, *, video_id: str) -> None: ...

    def change_status(self, change: GalleryStatusChange, *, video_id: str) -> None: ...

    def change_trash(self, changes: GalleryTrashChanges) -> None: ...


@dataclass(frozen=True, kw_only=True)
class JobFilter:
    """None takes all; `user_id` None is for administrators."""

    user_id: str | None = None
    status: str | None = None
    video_id: str | None = None
    batch_id: str | None = None


class JobStore(Protocol):
    """The table `jobs`."""

    def read_clock(self) -> datetime:
        """Return the database's time, which all times of jobs and tasks come from."""

    def insert(self, job: Job) -> None: ...

    def find(self, job_id: str, *, for_update: bool = False) -> Job | None: ...

    def save(self, job: Job) -> None:
        """Write all that can change, and `updated_at` by the database's clock."""

    def save_progress(self, job: Job) -> None:
        """Write how far it is: phase, percentages, `updated_at`. Once a second for each running job, so not
        its plan and the rest."""

    def list_page(self, job_filter: JobFilter, *, after: PageStart | None, limit: int) -> list[Job]:
        """Return the newest first."""

    def list_unfinished_of_video(self, video_id: str, *, for_update: bool = False) -> list[Job]: ...

    def lock_user(self, user_id: str) -> None:
        """Let one transaction at a time add jobs for a user, until it ends, so that the limit holds."""

    def lock_video(self, video_id: str) -> None:
        """Let one transaction at a time end jobs of a video; taken after the job's own lock."""

    def find_queue_positions(self, job_ids: Sequence[str]) -> Mapping[str, int]:
        """Return how many pending jobs go before each of these that is pending."""


class TaskStore(Protocol):
    """The table `tasks`."""

    def insert(self, task: Task) -> None: ...

    def find(self, task_id: str, *, for_update: bool = False) -> Task | None: ...

    def save(self, task: Task) -> None: ...

    def save_progress(self, task_id: str, *, percent: float) -> None: ...

    def claim(
        self,
        task_id: str,
        *,
        processor_id: str,
        claim_id: str | None,
        lease_token: str,
        lease_seconds: float,
        confirm_seconds: float,
        max_crashes: int,
        blameless_before: datetime | None = None,
    ) -> Task | None:
        """Lease the task in one guarded statement, or return None: it is claimed only when pending and due,
        when nobody confirmed its claim in time, or when its lease ran out, which counts as a crash as long as
        that is not the last one allowed, and as nothing where it did so before `blameless_before`. Without a
        claim id it counts as confirmed."""

    def grant_again(self, task_id: str, *, claim_id: str, lease_seconds: float) -> Task | None:
        """Return the running task with its lease begun anew where this very claim holds it, else None."""

    def renew(
        self,
        task_id: str,
        *,
        attempt: int,
        lease_token: str,
        lease_seconds: float,
    ) -> Task | None:
        """Move the lease's end and confirm the claim, or return None when it is no longer this holder's."""

    def list_of_job(self, job_id: str, *, job_attempt: int) -> list[Task]:
        """Return the tasks of one try of a job, by kind and chunk."""

    def count_attempts(self, job_id: str, *, before_try: int | None = None) -> int:
        """Return the highest attempt of any task of the job, or of its tries before this one: outputs lie
        under no higher number. 0 without a task."""

    def find_waiting(self, job_ids: Sequence[str]) -> Mapping[str, WaitingFor]:
        """Return what pending tasks of these jobs stand still for, by job; nothing for a job of which a task
        runs."""

    def show_waiting(
        self,
        waiting_for: WaitingFor | None,
        *,
        instead_of: Sequence[WaitingFor | None],
        task_ids: Sequence[str] | None = None,
        limit: int,
    ) -> list[str]:
        """Let pending tasks that are due, and show one of `instead_of`, show this; `task_ids` None takes all.
        Return the ids of their jobs. Rows that somebody has locked are left out."""

    def cancel_of_job(self, job_id: str) -> int:
        """Cancel what is not final, which ends the leases; return how many."""

    def has_open(self) -> bool:
        """Say whether any task waits or runs."""

    def list_expired(self, *, grace_seconds: float, limit: int) -> list[Task]:
        """Return running tasks whose lease ended longer ago than the grace, oldest first."""

    def list_unconfirmed(self, *, confirm_seconds: float, limit: int) -> list[Task]:
        """Return running tasks that were granted longer ago and never confirmed, oldest first."""

    def list_unclaimed(self, *, waited_seconds: float, limit: int) -> list[Task]:
        """Return pending tasks that were sent longer ago and have no message left in the outbox."""


class Outbox(Protocol):
    """The table `outbox`."""

    def add(self, message: OutboxMessage) -> int:
        """Return the message's id."""

    def take_due(self, kinds: Sequence[MessageKind], *, limit: int, hold_seconds: float) -> list[OutboxEntry]:
        """Take messages to send; they come up again after the hold unless marked sent. Tasks of higher
        priority first, else in the order written. A message about a video waits for earlier ones of the
        same video."""

    def find_next_due(self, kinds: Sequence[MessageKind]) -> float | None:
        """Return the seconds until the next message can be taken, 0 or less where one can, or None where none
        waits."""

    def set_task_priority(self, task_id: str, *, priority: int) -> None:
        """Give the task's hints that are not sent yet this priority."""

    def mark_sent(self, ids: Sequence[int]) -> None: ...

    def put_off(self, message_id: int, *, delay_seconds: float, reason: str) -> None: ...

    def delete_sent(self, *, older_than_seconds: float) -> int: ...


@dataclass(frozen=True, kw_only=True)
class PinnedSource:
    """The source of a video as pinned at confirm, and whose it is."""

    user_id: str
    ref: SourceRef


class JobAssets(Protocol):
    """The table `media_assets`, as far as jobs read and write it."""

    def find_source(
        self,
        video_id: str,
        *,
        lock: Literal["shared", "exclusive"] | None = None,
    ) -> PinnedSource | None:
        """Return the source. Adding a job shares its lock and deleting the video takes it alone, so that
        neither can miss the other."""

    def replace_outputs(
        self,
        job: Job,
        *,
        renditions: Sequence[FinishedRendition],
        audio: FinishedAudio | None,
        thumbnail_key: str | None,
        storyboard_key: str | None,
    ) -> list[str]:
        """Make these the video's current outputs: each rendition replaces the one of its format, sound and
        images replace those before. The caller holds the video's lock. Return the ids of other jobs that
        nothing current belongs to any more."""


class JobDeletions(Protocol):
    """The table `deletions`, as far as jobs write and ask it."""

    def find_video_status(self, video_id: str) -> str | None:
        """Return `trashed` or `due` for a video that is deleted, else None."""

    def add_prefixes(
        self,
        *,
        target: str,
        user_id: str,
        prefixes: Sequence[str],
        delay_seconds: float,
    ) -> None:
        """Write the intent to remove everything below the prefixes; a second call for a target is nothing."""

    def add_leftovers(self, *, job_id: str, user_id: str, delay_seconds: float) -> None:
        """Write the intent to remove what the completed job has in the store and nothing refers to."""


class ProcessorStore(Protocol):
    """The table `processors`: who was seen when, at what, and what keeps it from work."""

    def note_seen(self, processor_id: str, *, task_id: str | None) -> None: ...

    def note_report(self, report: ProcessorReport) -> None: ...

    def list_waiting(self, *, seen_within_seconds: float) -> list[WaitingFor | None]:
        """Return what each processor waits for that was seen lately, None for one that takes tasks."""


class ApiBeats(Protocol):
    """The table `api_beats`: when the task API was last there, by the database's clock."""

    def note(self) -> ApiBeat | None:
        """Say that it is; return what is known then, or None where somebody else has just said so."""

    def find(self) -> ApiBeat | None:
        """Return None where it was never there."""


class DeadLetters(Protocol):
    """The table `dead_letters`."""

    def add(self, *, message_id: str, task_id: str | None, body: str, outcome: str) -> None:
        """Keep the message; a second call with its id changes nothing."""

    def count_of_task(self, task_id: str) -> int: ...


@dataclass(frozen=True, kw_only=True)
class JobTransaction(QuotaTransaction, SetAsideTransaction, IdempotencyTransaction):
    jobs: JobStore
    tasks: TaskStore
    outbox: Outbox
    assets: JobAssets
    deletions: JobDeletions
    processors: ProcessorStore
    beats: ApiBeats
    dead_letters: DeadLetters


@dataclass(frozen=True, kw_only=True)
class JobPorts:
    """All that the use cases of jobs and tasks need."""

    database: Database[JobTransaction]
    quotas: Quotas
    progress: ProgressStore
    metrics: JobMetrics
