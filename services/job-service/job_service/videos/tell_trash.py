"""Tell the gallery what went to the trash and what came back.

The message is written with the intent, so that the gallery hears of every one, however long it is down. It
is told at once too, for whoever looks at their list next; the relay tells it where that did not come through.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from job_service.outbox.message import build_trash_change
from job_service.videos.ports import VideoPorts, VideoTransaction
from videoforge.gallery import GalleryTrashChange, GalleryTrashChanges
from videoforge.logs import get_logger

#: The request that wrote the message tells it first; the relay comes after it.
_HEAD_START: Final = timedelta(seconds=5)

_log = get_logger("JOB")


@dataclass(frozen=True, kw_only=True)
class TrashNews:
    """A change that is in the outbox under this id."""

    message_id: int
    change: GalleryTrashChange


def note_trash(tx: VideoTransaction, video_id: str, *, is_trashed: bool) -> TrashNews:
    """Write the message. The caller holds the lock of the video's source, so that times rise with the order
    of the changes."""
    now = tx.deletions.read_clock()
    change = GalleryTrashChange(video_id=video_id, is_trashed=is_trashed, changed_at=now)
    message = build_trash_change(change, due_at=now + _HEAD_START)
    return TrashNews(message_id=tx.outbox.add(message), change=change)


def tell_trash(ports: VideoPorts, news: Sequence[TrashNews]) -> None:
    """Tell the gallery now, if it listens. Never raises: the change is committed, and the relay tells it."""
    if not news:
        return
    try:
        ports.gallery.change_trash(GalleryTrashChanges(changes=[item.change for item in news]))
        with ports.database.begin() as tx:
            tx.outbox.mark_sent([item.message_id for item in news])
    except Exception as error:
        video_ids = [item.change.video_id for item in news]
        _log.warning("the gallery hears of the trash later", video_ids=video_ids, error=str(error))
