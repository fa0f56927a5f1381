"""Apply one action to many videos; each has its own outcome, and a failure does not stop the
others.

Deleting and restoring are decided here and sent to the gallery, now or when it is back. Visibility
is changed by the gallery, so the whole request fails while the gallery is down.
"""

from collections.abc import Callable, Sequence
from typing import Literal

from job_service.auth.caller import Caller
from job_service.videos.ports import VideoPorts, VideoTransaction
from job_service.videos.trash import TrashMessage, mark_deleted, mark_restored, send_trash_messages
from videoforge.gallery import ChangeOutcome, ChangeOutcomes
from videoforge.problems import Problem

BulkAction = Literal["delete", "restore", "visibility"]


def change_videos(
    ports: VideoPorts,
    video_ids: Sequence[str],
    *,
    action: BulkAction,
    visibility: str | None,
    caller: Caller,
) -> list[ChangeOutcome]:
    """Return one outcome for each distinct id, in order. Raises the gallery's problem if it refuses
    the whole request, and 503 if the database fails: changes made until then are kept, and a repeat
    does the rest."""
    ids = list(dict.fromkeys(video_ids))
    if action == "visibility":
        return _ask_gallery(ports, ids, visibility=visibility, caller=caller)
    messages: list[TrashMessage] = []

    def change(tx: VideoTransaction, video_id: str) -> TrashMessage:
        if action == "delete":
            return mark_deleted(ports, tx, video_id, caller=caller, purge=False)
        return mark_restored(ports, tx, video_id, caller=caller)

    try:
        return [_change_one(ports, video_id, change=change, note=messages.append) for video_id in ids]
    finally:  # send what is committed, even if a later video fails
        ports.cache.forget_published(ids)
        send_trash_messages(ports, messages)


def _change_one(
    ports: VideoPorts,
    video_id: str,
    *,
    change: Callable[[VideoTransaction, str], TrashMessage],
    note: Callable[[TrashMessage], None],
) -> ChangeOutcome:
    """Change one video in a transaction of its own; once it is committed, note the message to
    send."""
    try:
        with ports.database.begin() as tx:
            message = change(tx, video_id)
    except Problem as problem:
        if problem.status >= 500:
            raise
        return ChangeOutcome(id=video_id, ok=False, code=problem.code)
    note(message)
    return ChangeOutcome(id=video_id, ok=True)


def _ask_gallery(
    ports: VideoPorts, ids: Sequence[str], *, visibility: str | None, caller: Caller
) -> list[ChangeOutcome]:
    body = {"ids": list(ids), "visibility": visibility}
    answer = ports.gallery.forward(
        "POST", "/videos/visibility", answer=ChangeOutcomes, caller=caller, json=body
    )
    return answer.results
