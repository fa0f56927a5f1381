"""The stores of jobs and tasks, and what their use cases need: the outbox, the queue, live
progress, metrics and the gallery.

Code that changes a job locks its row first and its tasks after it, so that two transactions cannot
deadlock; a claim, which starts at a task, never waits for the job's lock. Stores only read and
write; job.py and task.py decide which state may follow which. One module because one transaction
holds all these stores.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from job_service.idempotency.ports import IdempotencyTransaction
from job_service.jobs.api_beat import ApiBeat
from job_service.jobs.job import Job, JobStatus
from job_service.jobs.job_event import EventKind
from job_service.jobs.progress import LiveProgress, TaskProgress
from job_service.jobs.task import Task
from job_service.outbox.message import MessageKind, OutboxEntry, OutboxMessage
from job_service.platform.paging import PageStart
from job_service.platform.ports import Database
from job_service.quotas.ports import QuotaTransaction
from job_service.quotas.quota import Quotas
from job_service.set_aside.ports import SetAsideTransaction
from videoforge.gallery import GalleryPublication, GalleryStatusChange, GalleryTrashChanges
from videoforge.messages import (
    EncodedTrack,
    FinishedAudio,
    FinishedRendition,
    ProcessorReport,
    SourceRef,
    TaskMessage,
    WaitingFor,
)
from videoforge_media.ladder import PictureSize


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


@dataclass(frozen=True, kw_only=True)
class ShowPace:
    """How often a job's row takes what its tasks report, which is when it is shown: not again
    within `least_seconds`, nor before the reporting task reached another whole percent, but then
    after `most_seconds` at the latest. The first is shorter than the time between two reports of a
    task (2 s), so that a job of one task shows each of them that matters."""

    least_seconds: float = 1.5
    most_seconds: float = 5.0


@dataclass(frozen=True, kw_only=True)
class HeldTask:
    """What a report needs to know of its task; `is_due` says that the job's row should take it."""

    job_id: str
    leased_until: datetime
    is_due: bool
    light_waits: bool


class ProgressStore(Protocol):
    """Live progress, and the events that streams show. It may be lost without harm, so no call
    raises."""

    def find(self, job_id: str) -> LiveProgress | None: ...

    def save(self, job_id: str, progress: LiveProgress) -> None: ...

    def note_task(self, job_id: str, task_id: str, progress: TaskProgress) -> None:
        """Keep a task's last report, whatever those of the job's other tasks do meanwhile."""

    def list_tasks(self, job_id: str) -> Mapping[str, TaskProgress]:
        """Return the last report of each task of the job."""

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

    def find_unlocked(self, job_id: str) -> Job | None:
        """Lock the job; None if another transaction has it locked. Never waits, so the caller may
        hold the lock of one of its tasks."""

    def save(self, job: Job) -> None:
        """Write every column that can change, and `updated_at` by the database's clock."""

    def save_progress(self, job: Job) -> None:
        """Write only phase, percentages and `updated_at`: this runs every few seconds for each
        running job."""

    def save_playable(self, job: Job) -> None:
        """Write only how far the job's video can be watched, and its renditions."""

    def list_playable(self, video_ids: Sequence[str]) -> list[Job]:
        """Return the jobs of these videos that can be watched and are not published, oldest
        first."""

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


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which tasks a processor takes: those that fit into `room_bytes` (None: all), with `is_light`
    only light ones, and rather those of `held_videos`, whose sources it has."""

    room_bytes: int | None = None
    held_videos: Sequence[str] = ()
    is_light: bool = False

    def has_room_for(self, task: Task) -> bool:
        return self.room_bytes is None or task.needed_bytes <= self.room_bytes


#: Why none of the tasks that are due was granted: others are claiming them at this moment, they
#: need more disk space, or this version cannot read them.
Obstacle = Literal["claimed", "room", "set_aside"]


@dataclass(frozen=True, kw_only=True)
class JobWork:
    """How many processors work on a job now; while none does, `waiting_for` is what its tasks wait
    for."""

    processors: int = 0
    waiting_for: WaitingFor | None = None


class TaskStore(Protocol):
    """The table `tasks`."""

    def insert(self, tasks: Sequence[Task]) -> None: ...

    def find(self, task_id: str, *, for_update: bool = False) -> Task | None: ...

    def save(self, task: Task) -> None: ...

    def save_progress(self, task_id: str, *, percent: float) -> None: ...

    def find_held(
        self,
        task_id: str,
        *,
        attempt: int,
        lease_token: str,
        percent: float,
        pace: ShowPace,
        light_due_for_seconds: float,
    ) -> HeldTask | None:
        """Return what a report needs to know if the holder still has the task, and its job is not
        over; otherwise None. Locks nothing."""

    def choose(self, wanted: Wanted) -> str | None:
        """Lock the task that is granted next, until the transaction ends, and return its id; None
        if nothing that is wanted is due. Rows that another transaction has locked are skipped, and
        so are those set aside. The order is that of stores/task_choice.py."""

    def has_light_waiting(self, *, due_for_seconds: float) -> bool:
        """Return whether a light task has been due for so long and is not set aside."""

    def find_obstacle(self, wanted: Wanted) -> Obstacle | None:
        """Return why no task is granted, or None if none is due."""

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

    def grant_again(self, claim_id: str, *, lease_seconds: float) -> Task | None:
        """Return the task that this same claim holds, with a fresh lease; None if there is none, or
        if its holder has sent a heartbeat."""

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

    def find_work(self, job_ids: Sequence[str]) -> Mapping[str, JobWork]:
        """Return what happens to the open tasks of these jobs, by job."""

    def show_waiting(
        self,
        waiting_for: WaitingFor | None,
        *,
        instead_of: Sequence[WaitingFor | None],
        task_ids: Sequence[str] | None = None,
        needs_more_than_bytes: int | None = None,
        due_for_seconds: float = 0,
        limit: int,
    ) -> list[str]:
        """Set `waiting_for` on pending tasks that have been due for so long and whose value is one of
        `instead_of`; `task_ids` and `needs_more_than_bytes` None mean all. Return the ids of their
        jobs. Locked rows are skipped."""

    def move_done(self, job_id: str, *, from_try: int, to_try: int) -> None:
        """Make the done tasks of one try of the job tasks of another."""

    def cancel_of_job(self, job_id: str) -> int:
        """Cancel the tasks that are not final, which ends their leases; return how many."""

    def has_open(self) -> bool:
        """Return whether any task is pending or running."""

    def list_expired(self, *, grace_seconds: float, limit: int) -> list[Task]:
        """Return running tasks whose lease expired longer ago than the grace period, oldest
        first."""

    def count_running(self) -> int: ...

    def list_unconfirmed(self, *, confirm_seconds: float, limit: int) -> list[Task]:
        """Return running tasks that were granted longer ago than that and never confirmed, oldest
        first."""

    def list_unclaimed(self, *, waited_seconds: float, limit: int) -> list[Task]:
        """Return pending tasks that were sent longer ago than that and have no message left in the
        outbox."""

    def count_unclaimed(self) -> int: ...


@dataclass(frozen=True, kw_only=True)
class TrackReach:
    """How far a rendition, or the sound, is listed without a gap from the start."""

    init_key: str | None
    codecs: str
    segments: int
    seconds: float


class ListedSegments(Protocol):
    """The tables `listed_tracks` and `listed_segments`. Calls that write need the job's lock."""

    def add(self, job_id: str, *, tracks: Sequence[EncodedTrack]) -> None:
        """List the segments that are not listed yet, and init segments where there is none. Nothing
        that is listed changes. ValueError for a key that is not a segment's."""

    def find_reach(self, job_id: str) -> Mapping[str, TrackReach]:
        """Return how far each track is listed without a gap, by format."""

    def list_tracks(
        self, job_id: str, *, formats: Sequence[str], first: int = 0, end: int | None = None
    ) -> list[EncodedTrack]:
        """Return what is listed of these tracks, with the segments from `first` to before `end`."""

    def forget(self, job_id: str) -> None:
        """Remove the lists of a job that has ended."""


class Outbox(Protocol):
    """The table `outbox`."""

    def add(self, message: OutboxMessage) -> int:
        """Return the message's id."""

    def add_all(self, messages: Sequence[OutboxMessage]) -> None:
        """Add messages that all have a time, in this order."""

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
    """The source of a video as pinned and probed at confirm, and its owner."""

    user_id: str
    ref: SourceRef
    picture: PictureSize
    duration_seconds: float = 0


@dataclass(frozen=True, kw_only=True)
class ReplacedOutputs:
    """Outputs of an earlier job that another job has replaced: formats, `audio` and `images`.
    `is_all` is set if nothing of that job is current any more."""

    job_id: str
    outputs: tuple[str, ...]
    is_all: bool


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

    def list_formats(self, video_id: str) -> list[str]:
        """Return the names of the video's current renditions."""

    def replace_outputs(
        self,
        job: Job,
        *,
        renditions: Sequence[FinishedRendition],
        audio: FinishedAudio | None,
        thumbnail_key: str | None,
        storyboard_key: str | None,
    ) -> list[ReplacedOutputs]:
        """Make these the video's current outputs: each rendition replaces the one of its format;
        audio and images replace the earlier ones. Without audio the earlier one stays as long as
        an earlier rendition does. The caller holds the video's lock. Return what was replaced, by
        job."""


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
        can_be_withdrawn: bool = False,
    ) -> None:
        """Save the intent to remove everything below the prefixes; a second call for a target
        changes nothing."""

    def withdraw(self, target: str) -> bool:
        """Forget the intent, and return whether there was one that can be withdrawn and has not
        begun."""

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
    listed: ListedSegments
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
    show_pace: ShowPace = ShowPace()
