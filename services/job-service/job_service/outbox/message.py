"""Messages that are saved with the change they announce, and sent after its commit.

task       {task_id, dispatch, priority}  → the queue, videoforge.messages.TaskMessage
publish    {video_id, publication}        → the gallery, videoforge.gallery.GalleryPublication
status     {video_id, change}             → the gallery, videoforge.gallery.GalleryStatusChange
trash      {video_id, change}             → the gallery, videoforge.gallery.GalleryTrashChange
job_ended  {job_id, status}               → the relay's handlers, jobs.messages.JobEnd
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from videoforge.gallery import (
    GalleryStatusChange,
    GalleryTrashChange,
)

MessageKind = Literal["task", "publish", "status", "trash", "job_ended"]
GALLERY_KINDS: Final[tuple[MessageKind, ...]] = ("publish", "status", "trash")

#: Seconds before a message that could not be sent is retried: doubled each time, up to the maximum.
_FIRST_DELAY_SECONDS: Final = 0.5
MAX_DELAY_SECONDS: Final = 60.0


@dataclass(frozen=True, kw_only=True)
class OutboxMessage:
    """`due_at` None means immediately."""

    kind: MessageKind
    payload: Mapping[str, Any]
    due_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class OutboxEntry:
    """A message reserved for sending; `tries` includes this attempt."""

    id: int
    kind: MessageKind
    payload: Mapping[str, Any]
    tries: int


def build_status_change(
    video_id: str, *, status: Literal["processing", "failed", "uploaded"]
) -> OutboxMessage:
    change = GalleryStatusChange(status=status)
    return OutboxMessage(kind="status", payload={"video_id": video_id, "change": change.model_dump()})


def build_trash_change(change: GalleryTrashChange, *, due_at: datetime) -> OutboxMessage:
    payload = {"video_id": change.video_id, "change": change.model_dump(mode="json")}
    return OutboxMessage(kind="trash", payload=payload, due_at=due_at)


def choose_resend_delay(tries: int, *, chance: float, max_seconds: float = MAX_DELAY_SECONDS) -> float:
    """Return the seconds before the next attempt after this many, counted from 1. `chance`, 0–1,
    spreads the retries of many messages, so that a receiver that comes back does not get them all
    at once."""
    ceiling = min(max_seconds, _FIRST_DELAY_SECONDS * 2.0 ** min(tries - 1, 16))
    return ceiling * (0.5 + chance / 2)
