"""Fakes of the ports, for the tests of this package and of whoever else needs a processor without servers.

They pass the same contract suites as the real adapters (tests/test_*_contract.py).
"""

import asyncio
import hashlib
import time
import uuid
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from video_processor.errors import (
    ClaimRefused,
    JobApiUnavailable,
    LeaseLost,
    ObjectChanged,
    ObjectMissing,
    QueueUnavailable,
    StoreFailed,
)
from video_processor.ports import ReceivedTask
from videoforge.keys import build_attempt_prefix
from videoforge.messages import (
    ClaimGrant,
    FailureAnswer,
    LeaseAnswer,
    ProgressReport,
    SourceRef,
    TaskCompletion,
    TaskFailure,
    TaskInput,
    TaskMessage,
)

LEASE_SECONDS = 90


class MemoryObjectStore:
    """Objects by key. `is_down` makes every call fail."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.is_down = False

    def put_source(self, key: str, content: bytes) -> SourceRef:
        """Store a source and return it as job-service would pin it."""
        self.objects[key] = content
        etag = hashlib.md5(content, usedforsecurity=False).hexdigest()
        return SourceRef(s3_key=key, etag=f'"{etag}"', size_bytes=len(content))

    async def download_source(self, source: SourceRef, target: Path) -> None:
        content = self._get(source.s3_key)
        etag = hashlib.md5(content, usedforsecurity=False).hexdigest()
        if len(content) != source.size_bytes or etag != source.etag.strip('"'):
            raise ObjectChanged(source.s3_key)
        target.write_bytes(content)

    async def read_into(self, key: str, target: Path, *, offset: int, size_bytes: int) -> None:
        content = self._get(key)
        if len(content) != size_bytes:
            raise ObjectChanged(key)
        with target.open("r+b" if target.exists() else "w+b") as file:
            file.seek(offset)
            file.write(content)

    async def upload(self, path: Path, *, key: str) -> int:
        self._refuse_when_down()
        self.objects[key] = path.read_bytes()
        return len(self.objects[key])

    async def find_size(self, key: str) -> int | None:
        self._refuse_when_down()
        return len(self.objects[key]) if key in self.objects else None

    def _get(self, key: str) -> bytes:
        self._refuse_when_down()
        if key not in self.objects:
            raise ObjectMissing(key)
        return self.objects[key]

    def _refuse_when_down(self) -> None:
        if self.is_down:
            raise StoreFailed("store_unavailable", "The object store does not answer.")


@dataclass
class _QueuedTask:
    message: TaskMessage
    visible_at: float = 0.0
    receipt_handle: str = ""
    receive_count: int = 0


class MemoryQueue:
    """Messages in order, hidden for `visibility_seconds` when received. An old handle does nothing."""

    def __init__(self, *, visibility_seconds: float = 15, wait_seconds: float = 0.05) -> None:
        self._messages: deque[_QueuedTask] = deque()
        self._visibility_seconds = visibility_seconds
        self._wait_seconds = wait_seconds
        self.is_down = False

    def send(self, task_id: str, *, dispatch: int = 1) -> None:
        self._messages.append(_QueuedTask(TaskMessage(task_id=task_id, dispatch=dispatch)))

    def count(self) -> int:
        """Return the messages that are not deleted, hidden ones included."""
        return len(self._messages)

    async def receive(self) -> ReceivedTask | None:
        deadline = time.monotonic() + self._wait_seconds
        while True:
            self._refuse_when_down()
            for queued in self._messages:
                if queued.visible_at <= time.monotonic():
                    return self._take(queued)
            if time.monotonic() >= deadline:
                return None
            await asyncio.sleep(0.01)

    def _take(self, queued: _QueuedTask) -> ReceivedTask:
        queued.visible_at = time.monotonic() + self._visibility_seconds
        queued.receipt_handle = uuid.uuid4().hex
        queued.receive_count += 1
        return ReceivedTask(queued.message, queued.receipt_handle, queued.receive_count)

    async def set_visibility(self, receipt_handle: str, *, seconds: int) -> None:
        self._refuse_when_down()
        for queued in self._messages:
            if queued.receipt_handle == receipt_handle:
                queued.visible_at = time.monotonic() + seconds

    async def delete(self, receipt_handle: str) -> None:
        self._refuse_when_down()
        self._messages = deque(q for q in self._messages if q.receipt_handle != receipt_handle)

    def _refuse_when_down(self) -> None:
        if self.is_down:
            raise QueueUnavailable("down")


@dataclass
class MemoryTask:
    """One task as job-service knows it. `status` is pending, leased, completed or failed."""

    task_id: str
    job_id: str
    input: TaskInput
    status: str = "pending"
    attempt: int = 0
    lease_token: str = ""
    heartbeats: int = 0
    reports: list[ProgressReport] = field(default_factory=list)
    completion: TaskCompletion | None = None
    failures: list[TaskFailure] = field(default_factory=list)


class MemoryJobApi:
    """job-service's side of the tasks. `is_down` makes every call fail; `take_lease_away` ends a lease."""

    def __init__(self, *, max_attempts: int = 3) -> None:
        self.tasks: dict[str, MemoryTask] = {}
        self.is_down = False
        self._max_attempts = max_attempts

    def add_task(
        self, task_input: TaskInput, *, task_id: str | None = None, job_id: str = "job-1"
    ) -> MemoryTask:
        task = MemoryTask(task_id=task_id or str(uuid.uuid4()), job_id=job_id, input=task_input)
        self.tasks[task.task_id] = task
        return task

    def take_lease_away(self, task_id: str) -> None:
        self.tasks[task_id].lease_token = "of-another"  # noqa: S105

    async def claim(self, task: TaskMessage) -> ClaimGrant:
        self._refuse_when_down()
        found = self.tasks.get(task.task_id)
        if found is None:
            raise ClaimRefused("task_not_found", is_over=True, retry_after_seconds=0)
        if found.status in {"completed", "failed"}:
            raise ClaimRefused("task_finished", is_over=True, retry_after_seconds=0)
        if found.status == "leased":
            raise ClaimRefused("task_leased", is_over=False, retry_after_seconds=7)
        found.status, found.attempt, found.lease_token = "leased", found.attempt + 1, uuid.uuid4().hex
        return ClaimGrant(
            task_id=found.task_id,
            job_id=found.job_id,
            video_id="video-1",
            attempt=found.attempt,
            lease_token=found.lease_token,
            lease_seconds=LEASE_SECONDS,
            leased_until=_lease_end(),
            output_prefix=build_attempt_prefix(found.job_id, attempt=found.attempt),
            input=found.input,
        )

    async def heartbeat(self, grant: ClaimGrant) -> LeaseAnswer:
        self._get_leased(grant.task_id, attempt=grant.attempt, token=grant.lease_token).heartbeats += 1
        return LeaseAnswer(leased_until=_lease_end())

    async def report_progress(self, task_id: str, report: ProgressReport) -> LeaseAnswer:
        task = self._get_leased(task_id, attempt=report.attempt, token=report.lease_token)
        task.reports.append(report)
        return LeaseAnswer(leased_until=_lease_end())

    async def complete(self, task_id: str, completion: TaskCompletion) -> None:
        task = self._get_leased(task_id, attempt=completion.attempt, token=completion.lease_token)
        task.status, task.completion = "completed", completion

    async def fail(self, task_id: str, failure: TaskFailure) -> FailureAnswer:
        task = self._get_leased(task_id, attempt=failure.attempt, token=failure.lease_token)
        task.failures.append(failure)
        will_retry = failure.error.retryable and task.attempt < self._max_attempts
        task.status = "pending" if will_retry else "failed"
        return FailureAnswer(will_retry=will_retry)

    def _get_leased(self, task_id: str, *, attempt: int, token: str) -> MemoryTask:
        self._refuse_when_down()
        task = self.tasks.get(task_id)
        if task is None or (task.status, task.attempt, task.lease_token) != ("leased", attempt, token):
            raise LeaseLost("lease_lost")
        return task

    def _refuse_when_down(self) -> None:
        if self.is_down:
            raise JobApiUnavailable("down")


def _lease_end() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=LEASE_SECONDS)
