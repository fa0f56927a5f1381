"""Do one thing to many videos; each has its own outcome, and one that fails stops no other.

Deleting and restoring are decided here and told to the gallery, now or when it is back; who may see a video
is the gallery's to change, so that one that is down refuses it whole.
"""

from collections.abc import Callable, Sequence
from typing import Literal

from job_service.auth.caller import Caller
from job_service.videos.ports import VideoPorts, VideoTransaction
from job_service.videos.trash import TrashMessage, mark_deleted, send_trash_messages, take_back
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
    """Return an outcome per id, in their order, each id once. Raises the gallery's refusal of the whole, and
    503 where the database breaks: what was done until then stands, and a repeat does the rest."""
    ids = list(dict.fromkeys(video_ids))
    if action == "visibility":
        return _ask_gallery(ports, ids, visibility=visibility, caller=caller)
    messages: list[TrashMessage] = []

    def change(tx: VideoTransaction, video_id: str) -> TrashMessage:
        if action == "delete":
            return mark_deleted(ports, tx, video_id, caller=caller, purge=False)
        return take_back(ports, tx, video_id, caller=caller)

    try:
        return [_change_one(ports, video_id, change=change, note=messages.append) for video_id in ids]
    finally:  # of what is committed, also where a later one cannot be done
        ports.cache.forget_published(ids)
        send_trash_messages(ports, messages)


def _change_one(
    ports: VideoPorts,
    video_id: str,
    *,
    change: Callable[[VideoTransaction, str], TrashMessage],
    note: Callable[[TrashMessage], None],
) -> ChangeOutcome:
    """Change one video in a transaction of its own, and note what is to be told once it is committed."""
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
