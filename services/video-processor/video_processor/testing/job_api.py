"""job-service's side of the tasks in memory: claims, leases and the reports received."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from video_processor.errors import ClaimRefused, JobApiUnavailable, LeaseLost
from videoforge.keys import build_attempt_prefix
from videoforge.messages import (
    AttemptFailure,
    AttemptProgress,
    AttemptResult,
    ClaimGrant,
    EncodedTrack,
    FailureAnswer,
    LeaseAnswer,
    SegmentList,
    TaskInput,
    TaskLease,
    TaskMessage,
    WaitingFor,
)

LEASE_SECONDS = 90


@dataclass
class MemoryTask:
    """A task as job-service knows it. `status` is pending, leased, completed or failed."""

    task_id: str
    job_id: str
    input: TaskInput
    status: str = "pending"
    attempt: int = 0
    lease_token: str = ""
    claim_id: str = ""
    heartbeats: int = 0
    reports: list[AttemptProgress] = field(default_factory=list)
    listed: dict[str, EncodedTrack] = field(default_factory=dict)
    segment_reports: int = 0
    completion: AttemptResult | None = None
    failures: list[AttemptFailure] = field(default_factory=list)
    needs_room: bool = False
    is_light: bool = False
    report_every_seconds: float = 2


class MemoryJobApi:
    """job-service's side of the tasks. `is_down` makes every call fail, `lost_answers` counts the
    claims to grant without an answer, and `take_lease_away` ends a lease."""

    def __init__(self, *, max_attempts: int = 3) -> None:
        self.tasks: dict[str, MemoryTask] = {}
        self.is_down = False
        self.lost_answers = 0
        self.reports: list[tuple[list[str], WaitingFor | None]] = []
        self._max_attempts = max_attempts

    def add_task(
        self,
        task_input: TaskInput,
        *,
        task_id: str | None = None,
        job_id: str = "job-1",
        is_light: bool = False,
    ) -> MemoryTask:
        task_id = task_id or str(uuid.uuid4())
        task = MemoryTask(task_id=task_id, job_id=job_id, input=task_input, is_light=is_light)
        self.tasks[task.task_id] = task
        return task

    def take_lease_away(self, task_id: str) -> None:
        self.tasks[task_id].lease_token = "another-processor"  # noqa: S105

    async def claim(self, task: TaskMessage | None, *, claim_id: str) -> ClaimGrant:
        self._refuse_when_down()
        if task is None and not self._list_light():
            raise ClaimRefused("nothing_due", is_over=True, retry_after_seconds=0)
        found = self.tasks.get(task.task_id) if task else self._list_light()[0]
        if found is None:
            raise ClaimRefused("task_not_found", is_over=True, retry_after_seconds=0)
        if found.status in {"completed", "failed"}:
            raise ClaimRefused("task_finished", is_over=True, retry_after_seconds=0)
        if found.status == "leased" and found.claim_id == claim_id:
            return _build_grant(found)
        if found.needs_room:
            raise ClaimRefused("no_room", is_over=False, retry_after_seconds=5)
        if found.status == "leased":
            raise ClaimRefused("task_leased", is_over=False, retry_after_seconds=7)
        found.status, found.attempt, found.lease_token = "leased", found.attempt + 1, uuid.uuid4().hex
        found.claim_id = claim_id
        if self.lost_answers:
            self.lost_answers -= 1
            raise JobApiUnavailable("the answer was lost")
        return _build_grant(found)

    async def report(self, reasons: Sequence[str], *, waiting_for: WaitingFor | None) -> None:
        self._refuse_when_down()
        self.reports.append((list(reasons), waiting_for))

    async def heartbeat(self, lease: TaskLease) -> LeaseAnswer:
        self._get_leased(lease).heartbeats += 1
        return self._build_answer()

    async def report_progress(self, lease: TaskLease, progress: AttemptProgress) -> LeaseAnswer:
        self._get_leased(lease).reports.append(progress)
        return self._build_answer()

    async def list_segments(self, lease: TaskLease, segments: SegmentList) -> LeaseAnswer:
        task = self._get_leased(lease)
        task.segment_reports += 1
        for track in segments.tracks:
            known = task.listed.setdefault(track.format, track.model_copy(update={"segments": []}))
            names = {segment.key.rpartition("/")[2] for segment in known.segments}
            new = [segment for segment in track.segments if segment.key.rpartition("/")[2] not in names]
            first = known if known.init_key else track
            task.listed[track.format] = first.model_copy(update={"segments": [*known.segments, *new]})
        return LeaseAnswer(leased_until=_lease_end())

    async def complete(self, lease: TaskLease, result: AttemptResult) -> None:
        task = self._get_leased(lease)
        task.status, task.completion = "completed", result

    async def fail(self, lease: TaskLease, failure: AttemptFailure) -> FailureAnswer:
        task = self._get_leased(lease)
        task.failures.append(failure)
        will_retry = failure.error.retryable and task.attempt < self._max_attempts
        task.status = "pending" if will_retry else "failed"
        return FailureAnswer(will_retry=will_retry)

    def _list_light(self) -> list[MemoryTask]:
        return [task for task in self.tasks.values() if task.is_light and task.status == "pending"]

    def _build_answer(self) -> LeaseAnswer:
        return LeaseAnswer(leased_until=_lease_end(), light_work_waits=bool(self._list_light()))

    def _get_leased(self, lease: TaskLease) -> MemoryTask:
        self._refuse_when_down()
        task = self.tasks.get(lease.task_id)
        wanted = ("leased", lease.attempt, lease.lease_token)
        if task is None or (task.status, task.attempt, task.lease_token) != wanted:
            raise LeaseLost("lease_lost")
        return task

    def _refuse_when_down(self) -> None:
        if self.is_down:
            raise JobApiUnavailable("down")


def _lease_end() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=LEASE_SECONDS)


def _build_grant(task: MemoryTask) -> ClaimGrant:
    return ClaimGrant(
        task_id=task.task_id,
        job_id=task.job_id,
        video_id="video-1",
        attempt=task.attempt,
        lease_token=task.lease_token,
        lease_seconds=LEASE_SECONDS,
        leased_until=_lease_end(),
        output_prefix=build_attempt_prefix(task.job_id, attempt=task.attempt),
        is_light=task.is_light,
        report_every_seconds=task.report_every_seconds,
        input=task.input,
        listed=list(task.listed.values()),
    )
