"""The stores of jobs and tasks, and what their use cases need: the outbox, the queue, live
progress, metrics and the gallery.

Code that changes a job locks its row first and its tasks after it, so that two transactions cannot
deadlock. Stores only read and write; job.py and task.py decide which state may follow which.
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
    """Messages that are visible, received but not deleted, and in the dead-letter queue. All are
    estimates."""

    visible: int
    in_flight: int
    dead: int


@dataclass(frozen=True, kw_only=True)
class DeadMessage:
    id: str
    receipt_handle: str
    body: str


class TaskQueue(Protocol):
    """The queue of task messages. Calls raise Problem 503 `queue_unavailable` when it does not
    answer."""

    def send(self, messages: Sequence[TaskMessage]) -> list[TaskMessage]:
        """Send in this order, and return the messages that the queue refused. The queue drops a
        dispatch that it has already received."""

    def read_depth(self) -> QueueDepth: ...

    def receive_dead(self, *, limit: int) -> list[DeadMessage]: ...

    def delete_dead(self, message: DeadMessage) -> None: ...


class ProgressStore(Protocol):
    """Live progress, and the events that streams show. It may be lost without harm, so no call
    raises."""

    def find(self, job_id: str) -> LiveProgress | None: ...

    def save(self, job_id: str, progress: LiveProgress) -> None: ...

    def forget(self, job_id: str) -> None: ...

    def announce(self, job_id: str, event: EventKind, *, job: Mapping[str, Any]) -> None:
        """Send an event to the streams that watch the job; `job` is the job's JSON."""


class JobMetrics(Protocol):
    """Counts jobs that reached a final state, for the operator; each process has its own
    counters."""

    def count_end(self, status: JobStatus) -> None: ...


class GalleryFeed(Protocol):
    """What is sent to the gallery. Calls raise Problem: 404 for a video that it does not know, 503
    when it does not answer."""

    def publish(self, publication: GalleryPublication, *, video_id: str) -> None: ...

    def change_status(self, change: GalleryStatusChange, *, video_id: str) -> None: ...

    def change_trash(self, changes: GalleryTrashChanges) -> None: ...


@dataclass(frozen=True, kw_only=True)
class JobFilter:
    """None matches everything; `user_id` None is for administrators."""

    user_id: str | None = None
    status: str | None = None
    video_id: str | None = None
    batch_id: str | None = None


class JobStore(Protocol):
    """The table `jobs`."""

    def read_clock(self) -> datetime:
        """Return the database's time; all times of jobs and tasks come from it."""

    def insert(self, job: Job) -> None: ...

    def find(self, job_id: str, *, for_update: bool = False) -> Job | None: ...

    def save(self, job: Job) -> None:
        """Write every column that can change, and `updated_at` by the database's clock."""

    def save_progress(self, job: Job) -> None:
        """Write only phase, percentages and `updated_at`: this runs once a second for each running
        job."""

    def list_page(self, job_filter: JobFilter, *, after: PageStart | None, limit: int) -> list[Job]:
        """Return the newest first."""

    def list_unfinished_of_video(self, video_id: str, *, for_update: bool = False) -> list[Job]: ...

    def lock_user(self, user_id: str) -> None:
        """Let only one transaction at a time add jobs for a user, until it ends, so that the limit
        holds."""

    def lock_video(self, video_id: str) -> None:
        """Let only one transaction at a time end jobs of a video. Taken after the job's own
        lock."""

    def find_queue_positions(self, job_ids: Sequence[str]) -> Mapping[str, int]:
        """Return, for each of these jobs that is pending, how many pending jobs are ahead of it."""


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
        """Lease the task in one guarded statement, or return None. It is claimed only if it is
        pending and due, if its claim was not confirmed in time, or if its lease expired. An expired
        lease counts as a crash, unless it expired before `blameless_before`; a task that would
        reach `max_crashes` this way is not claimed. Without a claim id the claim counts as
        confirmed."""

    def grant_again(self, task_id: str, *, claim_id: str, lease_seconds: float) -> Task | None:
        """Return the running task with a fresh lease if this same claim holds it, else None."""

    def renew(
        self,
        task_id: str,
        *,
        attempt: int,
        lease_token: str,
        lease_seconds: float,
    ) -> Task | None:
        """Extend the lease and confirm the claim, or return None if this holder no longer has
        it."""

    def list_of_job(self, job_id: str, *, job_attempt: int) -> list[Task]:
        """Return the tasks of one attempt of a job, ordered by kind and chunk."""

    def count_attempts(self, job_id: str, *, before_try: int | None = None) -> int:
        """Return the highest attempt number of the job's tasks, or of its tries before this one: no
        output is stored under a higher number. 0 without a task."""

    def find_waiting(self, job_ids: Sequence[str]) -> Mapping[str, WaitingFor]:
        """Return what pending tasks of these jobs wait for, by job; nothing for a job that has a
        running task."""

    def show_waiting(
        self,
        waiting_for: WaitingFor | None,
        *,
        instead_of: Sequence[WaitingFor | None],
        task_ids: Sequence[str] | None = None,
        limit: int,
    ) -> list[str]:
        """Set `waiting_for` on pending tasks that are due and whose value is one of `instead_of`;
        `task_ids` None means all. Return the ids of their jobs. Locked rows are skipped."""

    def cancel_of_job(self, job_id: str) -> int:
        """Cancel the tasks that are not final, which ends their leases; return how many."""

    def has_open(self) -> bool:
        """Return whether any task is pending or running."""

    def list_expired(self, *, grace_seconds: float, limit: int) -> list[Task]:
        """Return running tasks whose lease expired longer ago than the grace period, oldest
        first."""

    def list_unconfirmed(self, *, confirm_seconds: float, limit: int) -> list[Task]:
        """Return running tasks that were granted longer ago than that and never confirmed, oldest
        first."""

    def list_unclaimed(self, *, waited_seconds: float, limit: int) -> list[Task]:
        """Return pending tasks that were sent longer ago than that and have no message left in the
        outbox."""


class Outbox(Protocol):
    """The table `outbox`."""

    def add(self, message: OutboxMessage) -> int:
        """Return the message's id."""

    def take_due(self, kinds: Sequence[MessageKind], *, limit: int, hold_seconds: float) -> list[OutboxEntry]:
        """Reserve messages for sending; they become due again after `hold_seconds` unless marked
        sent. Tasks of higher priority come first, otherwise in the order written. A message about a
        video waits for earlier ones about the same video."""

    def find_next_due(self, kinds: Sequence[MessageKind]) -> float | None:
        """Return the seconds until the next message is due, 0 or less if one is due now, or None if
        none is left."""

    def set_task_priority(self, task_id: str, *, priority: int) -> None:
        """Change the priority of the task's messages that are not sent yet."""

    def mark_sent(self, ids: Sequence[int]) -> None: ...

    def put_off(self, message_id: int, *, delay_seconds: float, reason: str) -> None: ...

    def delete_sent(self, *, older_than_seconds: float) -> int: ...


@dataclass(frozen=True, kw_only=True)
class PinnedSource:
    """The source of a video as pinned at confirm, and its owner."""

    user_id: str
    ref: SourceRef


class JobAssets(Protocol):
    """The part of table `media_assets` that jobs read and write."""

    def find_source(
        self,
        video_id: str,
        *,
        lock: Literal["shared", "exclusive"] | None = None,
    ) -> PinnedSource | None:
        """Return the source. Adding a job takes its lock shared and deleting the video takes it
        exclusively, so that each sees the other."""

    def replace_outputs(
        self,
        job: Job,
        *,
        renditions: Sequence[FinishedRendition],
        audio: FinishedAudio | None,
        thumbnail_key: str | None,
        storyboard_key: str | None,
    ) -> list[str]:
        """Make these the video's current outputs: each rendition replaces the one of its format;
        audio and images replace the earlier ones. The caller holds the video's lock. Return the ids
        of other jobs that no longer have any current output."""


class JobDeletions(Protocol):
    """The part of table `deletions` that jobs read and write."""

    def find_video_status(self, video_id: str) -> str | None:
        """Return `trashed` or `due` for a deleted video, else None."""

    def add_prefixes(
        self,
        *,
        target: str,
        user_id: str,
        prefixes: Sequence[str],
        delay_seconds: float,
    ) -> None:
        """Save the intent to remove everything below the prefixes; a second call for a target
        changes nothing."""

    def add_leftovers(self, *, job_id: str, user_id: str, delay_seconds: float) -> None:
        """Save the intent to remove the completed job's objects that nothing refers to."""


class ProcessorStore(Protocol):
    """The table `processors`: when each was last seen, its task, and what keeps it from taking
    work."""

    def note_seen(self, processor_id: str, *, task_id: str | None) -> None: ...

    def note_report(self, report: ProcessorReport) -> None: ...

    def list_waiting(self, *, seen_within_seconds: float) -> list[WaitingFor | None]:
        """Return what each recently seen processor waits for; None for one that takes tasks."""


class ApiBeats(Protocol):
    """The table `api_beats`: the task API's last heartbeat, by the database's clock."""

    def note(self) -> ApiBeat | None:
        """Write a heartbeat and return the new state, or None if another process has just written
        one."""

    def find(self) -> ApiBeat | None:
        """Return None before the first heartbeat."""


class DeadLetters(Protocol):
    """The table `dead_letters`."""

    def add(self, *, message_id: str, task_id: str | None, body: str, outcome: str) -> None:
        """Save the message; a second call with its id changes nothing."""

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
    """Everything that the use cases of jobs and tasks need."""

    database: Database[JobTransaction]
    quotas: Quotas
    progress: ProgressStore
    metrics: JobMetrics
