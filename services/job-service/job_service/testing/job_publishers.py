"""Where jobs publish to, in memory: the queue, the gallery, the streams and the metrics."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from job_service.jobs.job import JobStatus
from job_service.jobs.job_event import EventKind
from job_service.jobs.ports import DeadMessage, QueueDepth, ShowPace
from job_service.jobs.progress import LiveProgress, TaskProgress
from videoforge.gallery import GalleryPublication, GalleryStatusChange
from videoforge.messages import TaskMessage

#: Every report is shown at once.
AT_ONCE: Final = ShowPace(least_seconds=0, most_seconds=0)


@dataclass
class MemoryProgressStore:
    """`events` keeps what was announced, oldest first."""

    live: dict[str, LiveProgress] = field(default_factory=dict)
    tasks: dict[str, dict[str, TaskProgress]] = field(default_factory=dict)
    events: list[tuple[str, EventKind, Mapping[str, Any]]] = field(default_factory=list)

    def find(self, job_id: str) -> LiveProgress | None:
        return self.live.get(job_id)

    def save(self, job_id: str, progress: LiveProgress) -> None:
        self.live[job_id] = progress

    def forget(self, job_id: str) -> None:
        self.live.pop(job_id, None)
        self.tasks.pop(job_id, None)

    def note_task(self, job_id: str, task_id: str, progress: TaskProgress) -> None:
        self.tasks.setdefault(job_id, {})[task_id] = progress

    def list_tasks(self, job_id: str) -> Mapping[str, TaskProgress]:
        return dict(self.tasks.get(job_id, {}))

    def announce(self, job_id: str, event: EventKind, *, job: Mapping[str, Any]) -> None:
        self.events.append((job_id, event, job))


@dataclass
class MemoryJobMetrics:
    """`ended` counts by final state."""

    ended: Counter[JobStatus] = field(default_factory=Counter)

    def count_end(self, status: JobStatus) -> None:
        self.ended[status] += 1


@dataclass
class MemoryTaskQueue:
    """Drops a dispatch that it has seen, as SQS does within five minutes. `is_down` makes calls
    raise."""

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
class MemoryGalleryFeed:
    """Keeps what it received, in order: (video_id, status or "publish"). Each call for a video
    first uses up one of its `failures`, by raising it."""

    received: list[tuple[str, str]] = field(default_factory=list)
    failures: dict[str, list[Exception]] = field(default_factory=dict)

    def publish(self, publication: GalleryPublication, *, video_id: str) -> None:
        self._tell(video_id, "publish")

    def change_status(self, change: GalleryStatusChange, *, video_id: str) -> None:
        self._tell(video_id, change.status)

    def _tell(self, video_id: str, what: str) -> None:
        if self.failures.get(video_id):
            raise self.failures[video_id].pop(0)
        self.received.append((video_id, what))
