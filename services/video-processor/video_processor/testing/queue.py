"""The task queue in memory, with visibility timeouts and receipt handles like those of SQS."""

import asyncio
import time
import uuid
from collections import deque
from dataclasses import dataclass

from video_processor.errors import QueueUnavailable
from video_processor.ports import ReceivedTask
from videoforge.messages import TaskMessage


@dataclass
class _QueuedTask:
    message: TaskMessage
    visible_at: float = 0.0
    receipt_handle: str = ""
    receive_count: int = 0


class MemoryQueue:
    """Messages in order, hidden for `visibility_seconds` when received. A stale handle does
    nothing."""

    def __init__(self, *, visibility_seconds: float = 15, wait_seconds: float = 0.05) -> None:
        self._messages: deque[_QueuedTask] = deque()
        self._visibility_seconds = visibility_seconds
        self._wait_seconds = wait_seconds
        self.is_down = False

    def send(self, task_id: str, *, dispatch: int = 1) -> None:
        self._messages.append(_QueuedTask(TaskMessage(task_id=task_id, dispatch=dispatch)))

    def count(self) -> int:
        """Return the number of messages that are not deleted, including hidden ones."""
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
