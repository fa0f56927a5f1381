"""Jobs for tests: their ports in memory, a clock to turn, and results such as a processor sends.

    stage = build_memory_stage()
    video_id = stage.add_source(user_id="user-1")
    job = create_job(stage.ports, JobOrder(video_id=video_id, output_formats=["720p"]), orderer=…)

Memory stores pass the tests of the PostgreSQL ones; a transaction that raises is rolled back. One module
because the stores share their tables, as the real ones do.
"""

import copy
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, cast

from job_service.domain.job import Job, JobStatus
from job_service.domain.job_event import EventKind
from job_service.domain.outbox import MessageKind, OutboxEntry, OutboxMessage
from job_service.domain.progress import LiveProgress
from job_service.domain.task import Task
from job_service.ports.database import Transaction
from job_service.ports.jobs import (
    DeadMessage,
    JobFilter,
    JobPorts,
    PageStart,
    PinnedSource,
    QueueDepth,
)
from videoforge.gallery import GalleryPublication, GalleryStatusChange
from videoforge.keys import build_job_prefix
from videoforge.messages import FinishedAudio, FinishedRendition, SourceRef, TaskMessage


@dataclass
class MemoryTables:
    """What the memory stores share. `now` stands still until a test turns it."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    jobs: dict[str, Job] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    outbox: dict[int, dict[str, Any]] = field(default_factory=dict)
    sources: dict[str, PinnedSource] = field(default_factory=dict)
    outputs: list[dict[str, Any]] = field(default_factory=list)
    deletions: dict[str, dict[str, Any]] = field(default_factory=dict)
    processors: dict[str, str | None] = field(default_factory=dict)
    dead_letters: dict[str, dict[str, Any]] = field(default_factory=dict)

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    @contextmanager
    def begin(self) -> Iterator[Transaction]:
        before = copy.deepcopy(self.__dict__)
        try:
            yield cast(Transaction, None)
        except BaseException:
            self.__dict__.update(before)
            raise


@dataclass(frozen=True)
class MemoryJobStore:
    tables: MemoryTables

    def read_clock(self, transaction: Transaction) -> datetime:
        self.tables.wait(0.000001)  # no two looks at a real clock are the same
        return self.tables.now

    def insert(self, transaction: Transaction, job: Job) -> None:
        if job.id in self.tables.jobs:
            raise ValueError(f"there is a job {job.id} already")
        self.tables.jobs[job.id] = job

    def find(self, transaction: Transaction, job_id: str, *, for_update: bool = False) -> Job | None:
        return self.tables.jobs.get(job_id)

    def save(self, transaction: Transaction, job: Job) -> None:
        self.tables.jobs[job.id] = replace(job, updated_at=self.tables.now)

    def list_page(
        self, transaction: Transaction, job_filter: JobFilter, *, after: PageStart | None, limit: int
    ) -> list[Job]:
        found = [
            job
            for job in self.tables.jobs.values()
            if job_filter.user_id in {None, job.user_id}
            and job_filter.status in {None, job.status}
            and job_filter.video_id in {None, job.video_id}
            and (after is None or (job.created_at, job.id) < (after.created_at, after.id))
        ]
        return sorted(found, key=lambda job: (job.created_at, job.id), reverse=True)[:limit]

    def list_unfinished_of_video(
        self, transaction: Transaction, video_id: str, *, for_update: bool = False
    ) -> list[Job]:
        found = [job for job in self.tables.jobs.values() if job.video_id == video_id and not job.is_final]
        return sorted(found, key=lambda job: job.id)

    def lock_user(self, transaction: Transaction, user_id: str) -> None: ...

    def lock_video(self, transaction: Transaction, video_id: str) -> None: ...

    def count_unfinished(self, transaction: Transaction, user_id: str) -> int:
        return sum(job.user_id == user_id and not job.is_final for job in self.tables.jobs.values())

    def find_queue_positions(self, transaction: Transaction, job_ids: Sequence[str]) -> Mapping[str, int]:
        pending = [job for job in self.tables.jobs.values() if job.status == "pending"]
        pending.sort(key=lambda job: (-job.priority, job.created_at, job.id))
        return {job.id: ahead for ahead, job in enumerate(pending) if job.id in job_ids}


@dataclass(frozen=True)
class MemoryTaskStore:
    tables: MemoryTables

    def insert(self, transaction: Transaction, task: Task) -> None:
        self.tables.tasks[task.id] = task

    def find(self, transaction: Transaction, task_id: str, *, for_update: bool = False) -> Task | None:
        return self.tables.tasks.get(task_id)

    def save(self, transaction: Transaction, task: Task) -> None:
        self.tables.tasks[task.id] = task

    def claim(
        self,
        transaction: Transaction,
        task_id: str,
        *,
        processor_id: str,
        lease_token: str,
        lease_seconds: float,
        max_crashes: int,
    ) -> Task | None:
        task, now = self.tables.tasks.get(task_id), self.tables.now
        if task is None:
            return None
        is_due = task.status == "pending" and task.not_before_at <= now
        is_expired = task.status == "running" and task.leased_until is not None and task.leased_until < now
        if not is_due and not (is_expired and task.crashes + 1 < max_crashes):
            return None
        claimed = replace(
            task,
            status="running",
            attempt=task.attempt + 1,
            crashes=task.crashes + is_expired,
            lease_token=lease_token,
            leased_until=now + timedelta(seconds=lease_seconds),
            processor_id=processor_id,
            started_at=task.started_at or now,
        )
        self.tables.tasks[task_id] = claimed
        return claimed

    def renew(
        self, transaction: Transaction, task_id: str, *, attempt: int, lease_token: str, lease_seconds: float
    ) -> Task | None:
        task = self.tables.tasks.get(task_id)
        if task is None or not task.is_leased_by(attempt=attempt, lease_token=lease_token):
            return None
        renewed = replace(task, leased_until=self.tables.now + timedelta(seconds=lease_seconds))
        self.tables.tasks[task_id] = renewed
        return renewed

    def list_of_job(self, transaction: Transaction, job_id: str, *, job_attempt: int) -> list[Task]:
        found = [
            task
            for task in self.tables.tasks.values()
            if task.job_id == job_id and task.job_attempt == job_attempt
        ]
        return sorted(found, key=lambda task: (task.kind, task.chunk_index))

    def count_attempts(self, transaction: Transaction, job_id: str, *, before_try: int | None = None) -> int:
        attempts = [
            task.attempt
            for task in self.tables.tasks.values()
            if task.job_id == job_id and (before_try is None or task.job_attempt < before_try)
        ]
        return max(attempts, default=0)

    def cancel_of_job(self, transaction: Transaction, job_id: str) -> int:
        open_tasks = [
            task for task in self.tables.tasks.values() if task.job_id == job_id and not task.is_final
        ]
        for task in open_tasks:
            self.tables.tasks[task.id] = replace(
                task, status="cancelled", finished_at=self.tables.now, leased_until=None
            )
        return len(open_tasks)

    def list_expired(self, transaction: Transaction, *, grace_seconds: float, limit: int) -> list[Task]:
        before = self.tables.now - timedelta(seconds=grace_seconds)
        found = [
            task
            for task in self.tables.tasks.values()
            if task.status == "running" and task.leased_until is not None and task.leased_until < before
        ]
        return sorted(found, key=lambda task: (task.leased_until, task.id))[:limit]

    def list_unclaimed(self, transaction: Transaction, *, waited_seconds: float, limit: int) -> list[Task]:
        before = self.tables.now - timedelta(seconds=waited_seconds)
        waiting = {
            row["payload"].get("task_id")
            for row in self.tables.outbox.values()
            if row["kind"] == "task" and not row["sent_at"]
        }
        found = [
            task
            for task in self.tables.tasks.values()
            if task.status == "pending" and task.dispatched_at < before and task.id not in waiting
        ]
        return sorted(found, key=lambda task: task.dispatched_at)[:limit]


@dataclass(frozen=True)
class MemoryOutbox:
    tables: MemoryTables

    def add(self, transaction: Transaction, message: OutboxMessage) -> None:
        self.tables.outbox[len(self.tables.outbox) + 1] = {
            "kind": message.kind,
            "payload": dict(message.payload),
            "next_try_at": message.due_at or self.tables.now,
            "tries": 0,
            "sent_at": None,
            "last_error": None,
        }

    def take_due(
        self, transaction: Transaction, kinds: Sequence[MessageKind], *, limit: int, hold_seconds: float
    ) -> list[OutboxEntry]:
        unsent = {
            key: row for key, row in self.tables.outbox.items() if not row["sent_at"] and row["kind"] in kinds
        }
        due = [
            key
            for key, row in unsent.items()
            if row["next_try_at"] <= self.tables.now
            and not any(
                earlier < key
                and other["payload"].get("video_id") == row["payload"].get("video_id") is not None
                for earlier, other in unsent.items()
            )
        ]
        due.sort(key=lambda key: (-unsent[key]["payload"].get("priority", 0), key))
        for key in due[:limit]:
            unsent[key]["tries"] += 1
            unsent[key]["next_try_at"] = self.tables.now + timedelta(seconds=hold_seconds)
        return [
            OutboxEntry(
                id=key, kind=unsent[key]["kind"], payload=unsent[key]["payload"], tries=unsent[key]["tries"]
            )
            for key in due[:limit]
        ]

    def rank_hint(self, transaction: Transaction, task_id: str, *, priority: int) -> None:
        for row in self.tables.outbox.values():
            if row["kind"] == "task" and not row["sent_at"] and row["payload"]["task_id"] == task_id:
                row["payload"]["priority"] = priority

    def mark_sent(self, transaction: Transaction, ids: Sequence[int]) -> None:
        for key in ids:
            self.tables.outbox[key]["sent_at"] = self.tables.now

    def put_off(
        self, transaction: Transaction, message_id: int, *, delay_seconds: float, reason: str
    ) -> None:
        row = self.tables.outbox[message_id]
        row["next_try_at"] = self.tables.now + timedelta(seconds=delay_seconds)
        row["last_error"] = reason

    def count_waiting(self, transaction: Transaction) -> int:
        return sum(not row["sent_at"] for row in self.tables.outbox.values())

    def delete_sent(self, transaction: Transaction, *, older_than_seconds: float) -> int:
        before = self.tables.now - timedelta(seconds=older_than_seconds)
        old = [key for key, row in self.tables.outbox.items() if row["sent_at"] and row["sent_at"] < before]
        for key in old:
            del self.tables.outbox[key]
        return len(old)


@dataclass(frozen=True)
class MemoryJobAssets:
    tables: MemoryTables

    def find_source(
        self,
        transaction: Transaction,
        video_id: str,
        *,
        lock: Literal["shared", "exclusive"] | None = None,
    ) -> PinnedSource | None:
        return self.tables.sources.get(video_id)

    def replace_outputs(
        self,
        transaction: Transaction,
        job: Job,
        *,
        renditions: Sequence[FinishedRendition],
        audio: FinishedAudio | None,
        thumbnail_key: str | None,
        storyboard_key: str | None,
    ) -> list[str]:
        formats = {item.format for item in renditions}
        replaced = [
            row
            for row in self.tables.outputs
            if row["video_id"] == job.video_id and (row["kind"] != "rendition" or row["format"] in formats)
        ]
        kept = [row for row in self.tables.outputs if row not in replaced]
        added: list[dict[str, Any]] = [{"kind": "rendition", "format": name} for name in sorted(formats)]
        added += [{"kind": "audio", "format": None}] if audio else []
        images = {"thumbnail_key": thumbnail_key, "storyboard_key": storyboard_key}
        added.append({"kind": "images", "format": None, **images})
        self.tables.outputs = kept + [{"video_id": job.video_id, "job_id": job.id, **row} for row in added]
        current = {row["job_id"] for row in self.tables.outputs}
        return sorted({row["job_id"] for row in replaced} - current)


@dataclass(frozen=True)
class MemoryJobDeletions:
    tables: MemoryTables

    def find_video_status(self, transaction: Transaction, video_id: str) -> str | None:
        row = self.tables.deletions.get(video_id)
        return row["status"] if row else None

    def add_prefixes(
        self,
        transaction: Transaction,
        *,
        target: str,
        user_id: str,
        prefixes: Sequence[str],
        delay_seconds: float,
    ) -> None:
        due_at = self.tables.now + timedelta(seconds=delay_seconds)
        row = {"prefixes": list(prefixes), "user_id": user_id, "due_at": due_at, "status": "due"}
        self.tables.deletions.setdefault(target, row)

    def add_leftovers(
        self, transaction: Transaction, *, job_id: str, user_id: str, delay_seconds: float
    ) -> None:
        prefixes = [build_job_prefix(job_id)]
        self.add_prefixes(
            transaction, target=job_id, user_id=user_id, prefixes=prefixes, delay_seconds=delay_seconds
        )


@dataclass(frozen=True)
class MemoryProcessorBook:
    tables: MemoryTables

    def note_seen(self, transaction: Transaction, processor_id: str, *, task_id: str | None) -> None:
        self.tables.processors[processor_id] = task_id


@dataclass(frozen=True)
class MemoryDeadLetters:
    tables: MemoryTables

    def add(
        self, transaction: Transaction, *, message_id: str, task_id: str | None, body: str, outcome: str
    ) -> None:
        row = {"task_id": task_id, "body": body, "outcome": outcome}
        self.tables.dead_letters.setdefault(message_id, row)

    def count_of_task(self, transaction: Transaction, task_id: str) -> int:
        return sum(row["task_id"] == task_id for row in self.tables.dead_letters.values())


@dataclass
class MemoryProgressBoard:
    """`events` keeps what was announced, oldest first."""

    live: dict[str, LiveProgress] = field(default_factory=dict)
    events: list[tuple[str, EventKind, Mapping[str, Any]]] = field(default_factory=list)

    def find(self, job_id: str) -> LiveProgress | None:
        return self.live.get(job_id)

    def save(self, job_id: str, progress: LiveProgress) -> None:
        self.live[job_id] = progress

    def forget(self, job_id: str) -> None:
        self.live.pop(job_id, None)

    def announce(self, job_id: str, event: EventKind, *, job: Mapping[str, Any]) -> None:
        self.events.append((job_id, event, job))


@dataclass
class MemoryJobTally:
    """`ended` counts by final state."""

    ended: Counter[JobStatus] = field(default_factory=Counter)

    def count_end(self, status: JobStatus) -> None:
        self.ended[status] += 1


@dataclass
class MemoryTaskQueue:
    """Drops a dispatch that it has seen, as SQS does within five minutes. `is_down` makes calls raise."""

    waiting: list[TaskMessage] = field(default_factory=list)
    seen: set[tuple[str, int]] = field(default_factory=set)
    dead: list[DeadMessage] = field(default_factory=list)
    in_flight: int = 0
    failure: Exception | None = None

    def send(self, messages: Sequence[TaskMessage]) -> list[TaskMessage]:
        self._check()
        for message in messages:
            if (message.task_id, message.dispatch) not in self.seen:
                self.seen.add((message.task_id, message.dispatch))
                self.waiting.append(message)
        return []

    def read_depth(self) -> QueueDepth:
        self._check()
        return QueueDepth(visible=len(self.waiting), in_flight=self.in_flight, dead=len(self.dead))

    def receive_dead(self, *, limit: int) -> list[DeadMessage]:
        self._check()
        return self.dead[:limit]

    def delete_dead(self, message: DeadMessage) -> None:
        self._check()
        self.dead.remove(message)

    def _check(self) -> None:
        if self.failure is not None:
            raise self.failure


@dataclass
class MemoryGallery:
    """Keeps what it was told, in order: (video_id, status or "publish"). Each call for a video
    first uses up one of its `failures`, by raising it."""

    told: list[tuple[str, str]] = field(default_factory=list)
    failures: dict[str, list[Exception]] = field(default_factory=dict)

    def publish(self, publication: GalleryPublication, *, video_id: str) -> None:
        self._tell(video_id, "publish")

    def change_status(self, change: GalleryStatusChange, *, video_id: str) -> None:
        self._tell(video_id, change.status)

    def _tell(self, video_id: str, what: str) -> None:
        if self.failures.get(video_id):
            raise self.failures[video_id].pop(0)
        self.told.append((video_id, what))


@dataclass(frozen=True)
class MemoryStage:
    """The ports of jobs over one set of tables, and what lies behind them for a test to look at."""

    tables: MemoryTables
    board: MemoryProgressBoard
    tally: MemoryJobTally
    ports: JobPorts
    dead_letters: MemoryDeadLetters

    def add_source(self, *, user_id: str, video_id: str | None = None) -> str:
        """Put a confirmed source there and return its video's id."""
        video_id = video_id or str(uuid.uuid4())
        ref = SourceRef(s3_key=f"users/{user_id}/uploads/{video_id}/source.mp4", etag="e", size_bytes=1000)
        self.tables.sources[video_id] = PinnedSource(user_id=user_id, ref=ref)
        return video_id

    def trash(self, video_id: str) -> None:
        self.tables.deletions[video_id] = {"status": "trashed", "prefixes": []}

    def wait(self, seconds: float) -> None:
        self.tables.wait(seconds)

    def list_deletions(self) -> dict[str, list[str]]:
        return {target: row["prefixes"] for target, row in self.tables.deletions.items()}

    def list_dead_letters(self) -> dict[str, str]:
        """Return each message's outcome."""
        return {key: row["outcome"] for key, row in self.tables.dead_letters.items()}

    def list_outputs(self, video_id: str) -> list[tuple[str, str | None, str | None]]:
        """Return (kind, format, job_id) of what is current."""
        rows = [row for row in self.tables.outputs if row["video_id"] == video_id]
        return sorted(((row["kind"], row["format"], row["job_id"]) for row in rows), key=str)

    def list_messages(self, kind: MessageKind) -> list[Mapping[str, Any]]:
        return [row["payload"] for row in self.tables.outbox.values() if row["kind"] == kind]


def build_memory_stage() -> MemoryStage:
    tables, board, tally = MemoryTables(), MemoryProgressBoard(), MemoryJobTally()
    ports = JobPorts(
        database=tables,
        jobs=MemoryJobStore(tables),
        tasks=MemoryTaskStore(tables),
        outbox=MemoryOutbox(tables),
        assets=MemoryJobAssets(tables),
        deletions=MemoryJobDeletions(tables),
        processors=MemoryProcessorBook(tables),
        board=board,
        tally=tally,
    )
    return MemoryStage(
        tables=tables, board=board, tally=tally, ports=ports, dead_letters=MemoryDeadLetters(tables)
    )
