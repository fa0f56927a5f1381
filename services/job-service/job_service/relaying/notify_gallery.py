"""Send the gallery what happened to videos, in order for each video; receiving a message twice
changes nothing there."""

from typing import Final

from job_service.jobs.ports import GalleryFeed
from job_service.outbox.message import GALLERY_KINDS, OutboxEntry
from job_service.relaying.ports import RelayPorts
from job_service.relaying.put_off import put_off
from job_service.set_aside.one_by_one import sweep_each
from job_service.set_aside.reason import Unreadable
from videoforge.gallery import (
    GalleryPublication,
    GalleryStatusChange,
    GalleryTrashChange,
    GalleryTrashChanges,
)
from videoforge.logs import get_logger
from videoforge.problems import Problem

_BATCH: Final = 10
#: Once the gallery is back it gets what it missed within this time, because users look at it.
_MAX_DELAY_SECONDS: Final = 10.0
#: Ten messages, each within the gallery client's budget of 2.8 s.
HOLD_SECONDS: Final = 60

_log = get_logger("JOB")


def notify_gallery(ports: RelayPorts) -> int:
    """Return how many messages the gallery accepted; the others are postponed, and later messages
    about the same video wait."""
    with ports.jobs.database.begin() as tx:
        entries = tx.outbox.take_due(GALLERY_KINDS, limit=_BATCH, hold_seconds=HOLD_SECONDS)
    return sweep_each(
        ports.jobs.database,
        "message",
        entries,
        find_id=lambda entry: str(entry.id),
        sweep=lambda entry: _deliver(ports, entry),
    )


def _deliver(ports: RelayPorts, entry: OutboxEntry) -> bool:
    """Raises Unreadable for a message that the gallery will never accept; a broken payload raises
    its own errors."""
    video_id = entry.payload["video_id"]
    try:
        _send(ports.gallery, entry, video_id=video_id)
    except Problem as problem:
        if problem.status < 500 and problem.status != 404 and not problem.retryable:
            raise Unreadable(f"the gallery refuses the message: {problem.code}") from problem
        if problem.status != 404:
            put_off(ports, [entry], reason=problem.code, max_seconds=_MAX_DELAY_SECONDS)
            return False
        _log.info("the gallery no longer has the video", video_id=video_id, kind=entry.kind)
    else:
        _log.info("gallery notified", video_id=video_id, kind=entry.kind)
    with ports.jobs.database.begin() as tx:
        tx.outbox.mark_sent([entry.id])
    return True


def _send(gallery: GalleryFeed, entry: OutboxEntry, *, video_id: str) -> None:
    if entry.kind == "publish":
        publication = GalleryPublication.model_validate(entry.payload["publication"])
        gallery.publish(publication, video_id=video_id)
    elif entry.kind == "trash":
        change = GalleryTrashChange.model_validate(entry.payload["change"])
        gallery.change_trash(GalleryTrashChanges(changes=[change]))
    else:
        gallery.change_status(GalleryStatusChange.model_validate(entry.payload["change"]), video_id=video_id)
