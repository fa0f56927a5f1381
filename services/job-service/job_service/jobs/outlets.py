"""Where news of jobs goes: the queue of hints, the gallery, whoever watches, and the operator's count."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from job_service.jobs.job import JobStatus
from job_service.jobs.job_event import EventKind
from job_service.jobs.progress import LiveProgress
from videoforge.gallery import GalleryPublication, GalleryStatusChange, GalleryTrashChanges
from videoforge.messages import TaskMessage


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


class ProgressBoard(Protocol):
    """Live progress and the events that streams show. Losing it loses nothing: no call raises."""

    def find(self, job_id: str) -> LiveProgress | None: ...

    def save(self, job_id: str, progress: LiveProgress) -> None: ...

    def forget(self, job_id: str) -> None: ...

    def announce(self, job_id: str, event: EventKind, *, job: Mapping[str, Any]) -> None:
        """Tell whoever watches; `job` is the job's JSON."""


class JobTally(Protocol):
    """Counts jobs that reached a final state, for the operator; each process has its own."""

    def count_end(self, status: JobStatus) -> None: ...


class GalleryFeed(Protocol):
    """What the gallery is told. Calls raise Problem: 404 for a video that it does not know, 503 when it does
    not answer."""

    def publish(self, publication: GalleryPublication, *, video_id: str) -> None: ...

    def change_status(self, change: GalleryStatusChange, *, video_id: str) -> None: ...

    def change_trash(self, changes: GalleryTrashChanges) -> None: ...
