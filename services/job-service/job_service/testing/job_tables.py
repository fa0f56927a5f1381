"""The shared tables of the memory stores, and the stores of jobs and tasks over them.

They pass the same tests as the PostgreSQL stores; a transaction that raises is rolled back.
"""

import copy
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from job_service.idempotency.ports import KeyScope
from job_service.idempotency.request import KeyUse
from job_service.jobs.api_beat import ApiBeat
from job_service.jobs.job import Job
from job_service.jobs.ports import HeldTask, JobFilter, JobWork, Obstacle, PinnedSource, ShowPace, Wanted
from job_service.jobs.progress import count_processors
from job_service.jobs.stores.task_choice import HELD_HEAD_START
from job_service.jobs.task import Task
from job_service.platform.paging import PageStart
from videoforge.messages import EncodedTrack, ProcessorReport, WaitingFor


@dataclass
class MemoryTables:
    """What the memory stores share. `now` stands still until a test moves it."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    jobs: dict[str, Job] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    listed: dict[str, dict[str, EncodedTrack]] = field(default_factory=dict)
    outbox: dict[int, dict[str, Any]] = field(default_factory=dict)
    sources: dict[str, PinnedSource] = field(default_factory=dict)
    outputs: list[dict[str, Any]] = field(default_factory=list)
    deletions: dict[str, dict[str, Any]] = field(default_factory=dict)
    processors: dict[str, str | None] = field(default_factory=dict)
    reports: dict[str, tuple[datetime, ProcessorReport]] = field(default_factory=dict)
    beat: ApiBeat | None = None
    dead_letters: dict[str, dict[str, Any]] = field(default_factory=dict)
    key_uses: dict[KeyScope, KeyUse] = field(default_factory=dict)
    #: how often each was set aside, and when it is retried
    set_aside: dict[tuple[str, str], tuple[int, datetime]] = field(default_factory=dict)

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def is_left_alone(self, kind: str, row_id: str) -> bool:
        kept = self.set_aside.get((kind, row_id))
        return kept is not None and kept[1] > self.now

    @contextmanager
    def undo_on_error(self) -> Iterator[None]:
        before = copy.deepcopy(self.__dict__)
        try:
            yield
        except BaseException:
            self.__dict__.update(before)
            raise


@dataclass(frozen=True)
class MemoryJobStore:
    tables: MemoryTables

    def read_clock(self) -> datetime:
        self.tables.wait(0.000001)  # a real clock never gives the same time twice
        return self.tables.now

    def insert(self, job: Job) -> None:
        if job.id in self.tables.jobs:
            raise ValueError(f"there is a job {job.id} already")
        self.tables.jobs[job.id] = job

    def find(self, job_id: str, *, for_update: bool = False) -> Job | None:
        return self.tables.jobs.get(job_id)

    def find_unlocked(self, job_id: str) -> Job | None:
        return self.tables.jobs.get(job_id)

    def save(self, job: Job) -> None:
        self.tables.jobs[job.id] = replace(job, updated_at=self.tables.now)

    def save_progress(self, job: Job) -> None:
        kept = self.tables.jobs[job.id]
        self.tables.jobs[job.id] = replace(
            kept,
            phase=job.phase,
            progress_percent=job.progress_percent,
            renditions=job.renditions,
            updated_at=self.tables.now,
        )

    def save_playable(self, job: Job) -> None:
        kept = self.tables.jobs[job.id]
        self.tables.jobs[job.id] = replace(
            kept, playable_seconds=job.playable_seconds, renditions=job.renditions
        )

    def list_playable(self, video_ids: Sequence[str]) -> list[Job]:
        found = [
            job
            for job in self.tables.jobs.values()
            if job.video_id in video_ids and job.status == "processing" and job.playable_seconds > 0
        ]
        return sorted(found, key=lambda job: (job.created_at, job.id))

    def list_page(self, job_filter: JobFilter, *, after: PageStart | None, limit: int) -> list[Job]:
        found = [
            job
            for job in self.tables.jobs.values()
            if job_filter.user_id in {None, job.user_id}
            and job_filter.status in {None, job.status}
            and job_filter.video_id in {None, job.video_id}
            and job_filter.batch_id in {None, job.batch_id}
            and (after is None or (job.created_at, job.id) < (after.created_at, after.id))
        ]
        return sorted(found, key=lambda job: (job.created_at, job.id), reverse=True)[:limit]

    def list_unfinished_of_video(self, video_id: str, *, for_update: bool = False) -> list[Job]:
        found = [job for job in self.tables.jobs.values() if job.video_id == video_id and not job.is_final]
        return sorted(found, key=lambda job: job.id)

    def lock_user(self, user_id: str) -> None: ...

    def lock_video(self, video_id: str) -> None: ...

    def find_queue_positions(self, job_ids: Sequence[str]) -> Mapping[str, int]:
        pending = [job for job in self.tables.jobs.values() if job.status == "pending"]
        pending.sort(key=lambda job: (-job.priority, job.created_at, job.id))
        return {job.id: ahead for ahead, job in enumerate(pending) if job.id in job_ids}


@dataclass(frozen=True)
class MemoryTaskStore:
    tables: MemoryTables

    def insert(self, tasks: Sequence[Task]) -> None:
        self.tables.tasks.update({task.id: task for task in tasks})

    def find(self, task_id: str, *, for_update: bool = False) -> Task | None:
        return self.tables.tasks.get(task_id)

    def save(self, task: Task) -> None:
        self.tables.tasks[task.id] = task

    def save_progress(self, task_id: str, *, percent: float) -> None:
        self.tables.tasks[task_id] = replace(self.tables.tasks[task_id], progress_percent=percent)

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
        task = self.tables.tasks.get(task_id)
        job = self.tables.jobs.get(task.job_id) if task else None
        if task is None or job is None or job.is_final or job.attempts != task.job_attempt:
            return None
        if not task.is_leased_by(attempt=attempt, lease_token=lease_token) or task.leased_until is None:
            return None
        waited_seconds = (self.tables.now - job.updated_at).total_seconds()
        has_moved = int(percent) > int(task.progress_percent)
        is_soon_due = waited_seconds >= pace.least_seconds and has_moved
        return HeldTask(
            job_id=job.id,
            leased_until=task.leased_until,
            is_due=is_soon_due or waited_seconds >= pace.most_seconds,
            light_waits=self.has_light_waiting(due_for_seconds=light_due_for_seconds),
        )

    def choose(self, wanted: Wanted) -> str | None:
        found = [task for task in self._list_due() if wanted.has_room_for(task)]
        found = [task for task in found if task.is_light or not wanted.is_light]
        found = [task for task in found if not self.tables.is_left_alone("task", task.id)]
        if not found:
            return None
        user_id = min({task.user_id for task in found}, key=self._rank_user)
        jobs = {task.id: self.tables.jobs[task.job_id] for task in found if task.user_id == user_id}
        first = min(jobs.values(), key=lambda job: (-job.priority, job.turn_at))

        def rank(task: Task) -> tuple[Any, ...]:
            job = jobs[task.id]
            is_held = job.video_id in wanted.held_videos and job.priority == first.priority
            is_soon = is_held and job.turn_at <= first.turn_at + HELD_HEAD_START
            order = (-job.priority, job.turn_at, job.id, task.chunk_index, task.kind != "encode")
            return not is_soon, *order

        return min((task for task in found if task.user_id == user_id), key=rank).id

    def has_light_waiting(self, *, due_for_seconds: float) -> bool:
        before = self.tables.now - timedelta(seconds=due_for_seconds)
        light = [task for task in self._list_due() if task.is_light and task.not_before_at <= before]
        return any(not self.tables.is_left_alone("task", task.id) for task in light)

    def find_obstacle(self, wanted: Wanted) -> Obstacle | None:
        found: set[Obstacle] = {
            "set_aside"
            if self.tables.is_left_alone("task", task.id)
            else ("claimed" if wanted.has_room_for(task) else "room")
            for task in self._list_due()
        }
        return min(found, default=None)

    def _list_due(self) -> list[Task]:
        now = self.tables.now
        tasks = self.tables.tasks.values()
        return [task for task in tasks if task.status == "pending" and task.not_before_at <= now]

    def _rank_user(self, user_id: str) -> tuple[int, datetime, str]:
        tasks = [task for task in self.tables.tasks.values() if task.user_id == user_id]
        grants = [task.claimed_at for task in tasks if task.claimed_at]
        never = datetime.min.replace(tzinfo=UTC)
        return sum(task.status == "running" for task in tasks), max(grants, default=never), user_id

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
        task, now = self.tables.tasks.get(task_id), self.tables.now
        if task is None:
            return None
        is_due = task.status == "pending" and task.not_before_at <= now
        is_crashed = task.status == "running" and task.confirmed_at is not None
        is_expired = is_crashed and task.leased_until is not None and task.leased_until < now
        if is_expired and task.leased_until and blameless_before and task.leased_until < blameless_before:
            is_crashed, max_crashes = False, task.crashes + 2
        is_unconfirmed = task.is_unconfirmed_since(now - timedelta(seconds=confirm_seconds))
        if not (is_due or is_unconfirmed or (is_expired and task.crashes + 1 < max_crashes)):
            return None
        claimed = replace(
            task,
            status="running",
            attempt=task.attempt + 1,
            crashes=task.crashes + is_crashed,
            lease_token=lease_token,
            leased_until=now + timedelta(seconds=lease_seconds),
            processor_id=processor_id,
            waiting_for=None,
            claim_id=claim_id,
            claimed_at=now,
            confirmed_at=now if claim_id is None else None,
            started_at=task.started_at or now,
        )
        self.tables.tasks[task_id] = claimed
        return claimed

    def grant_again(self, claim_id: str, *, lease_seconds: float) -> Task | None:
        now = self.tables.now
        unconfirmed = [task for task in self.tables.tasks.values() if task.is_unconfirmed_since(now)]
        task = next((task for task in unconfirmed if task.claim_id == claim_id), None)
        if task is None:
            return None
        granted = replace(task, leased_until=now + timedelta(seconds=lease_seconds), claimed_at=now)
        self.tables.tasks[task.id] = granted
        return granted

    def renew(self, task_id: str, *, attempt: int, lease_token: str, lease_seconds: float) -> Task | None:
        task = self.tables.tasks.get(task_id)
        if task is None or not task.is_leased_by(attempt=attempt, lease_token=lease_token):
            return None
        renewed = replace(
            task,
            leased_until=self.tables.now + timedelta(seconds=lease_seconds),
            confirmed_at=task.confirmed_at or self.tables.now,
        )
        self.tables.tasks[task_id] = renewed
        return renewed

    def list_of_job(self, job_id: str, *, job_attempt: int) -> list[Task]:
        found = [
            task
            for task in self.tables.tasks.values()
            if task.job_id == job_id and task.job_attempt == job_attempt
        ]
        return sorted(found, key=lambda task: (task.kind, task.chunk_index))

    def count_attempts(self, job_id: str, *, before_try: int | None = None) -> int:
        attempts = [
            task.attempt
            for task in self.tables.tasks.values()
            if task.job_id == job_id and (before_try is None or task.job_attempt < before_try)
        ]
        return max(attempts, default=0)

    def find_work(self, job_ids: Sequence[str]) -> Mapping[str, JobWork]:
        found: dict[str, JobWork] = {}
        for job_id in job_ids:
            tasks = [task for task in self.tables.tasks.values() if task.job_id == job_id]
            shown = [task.waiting_for for task in tasks if task.status == "pending" and task.waiting_for]
            processors = count_processors(tasks)
            waiting_for = min(shown) if shown and not processors else None
            found[job_id] = JobWork(processors=processors, waiting_for=waiting_for)
        return found

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
        due = [
            task
            for task in self.tables.tasks.values()
            if task.status == "pending"
            and task.not_before_at <= self.tables.now - timedelta(seconds=due_for_seconds)
            and (needs_more_than_bytes is None or task.needed_bytes > needs_more_than_bytes)
            and task.waiting_for in instead_of
            and (task_ids is None or task.id in task_ids)
        ]
        for task in due[:limit]:
            since = (task.waiting_since_at or self.tables.now) if waiting_for else None
            changed = replace(task, waiting_for=waiting_for, waiting_since_at=since)
            self.tables.tasks[task.id] = changed
        return sorted({task.job_id for task in due[:limit]})

    def move_done(self, job_id: str, *, from_try: int, to_try: int) -> None:
        for task in self.list_of_job(job_id, job_attempt=from_try):
            if task.status == "done":
                self.tables.tasks[task.id] = replace(task, job_attempt=to_try)

    def cancel_of_job(self, job_id: str) -> int:
        open_tasks = [
            task for task in self.tables.tasks.values() if task.job_id == job_id and not task.is_final
        ]
        for task in open_tasks:
            self.tables.tasks[task.id] = replace(
                task, status="cancelled", finished_at=self.tables.now, leased_until=None
            )
        return len(open_tasks)

    def has_open(self) -> bool:
        return any(not task.is_final for task in self.tables.tasks.values())

    def list_expired(self, *, grace_seconds: float, limit: int) -> list[Task]:
        before = self.tables.now - timedelta(seconds=grace_seconds)
        found = [
            task
            for task in self.tables.tasks.values()
            if task.status == "running" and task.leased_until is not None and task.leased_until < before
            if not self.tables.is_left_alone("task", task.id)
        ]
        return sorted(found, key=lambda task: (task.leased_until, task.id))[:limit]

    def count_running(self) -> int:
        return sum(task.status == "running" for task in self.tables.tasks.values())

    def list_unconfirmed(self, *, confirm_seconds: float, limit: int) -> list[Task]:
        before = self.tables.now - timedelta(seconds=confirm_seconds)
        found = [task for task in self.tables.tasks.values() if task.is_unconfirmed_since(before)]
        found = [task for task in found if not self.tables.is_left_alone("task", task.id)]
        return sorted(found, key=lambda task: (task.claimed_at, task.id))[:limit]

    def list_unclaimed(self, *, waited_seconds: float, limit: int) -> list[Task]:
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
            if not self.tables.is_left_alone("task", task.id)
        ]
        return sorted(found, key=lambda task: task.dispatched_at)[:limit]

    def count_unclaimed(self) -> int:
        return len(self.list_unclaimed(waited_seconds=0, limit=len(self.tables.tasks)))
