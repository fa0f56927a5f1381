"""The trash: move a video there or purge it, restore it, and notify the gallery.

The deletion intent, the cancelled jobs and the message to the gallery are one transaction; so is a
restore. From then on a deleted video cannot be found or watched, even while the gallery is down.
The gallery is also notified immediately, so that the user's list is right at the next look; if that
fails, the relay notifies it.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from job_service.auth.caller import Caller
from job_service.deletions.deletion import Deletion
from job_service.jobs.requests import cancel_jobs_of_video
from job_service.outbox.message import build_trash_change
from job_service.videos.assets import VideoOwner
from job_service.videos.ports import VideoPorts, VideoTransaction
from videoforge.gallery import GalleryTrashChange, GalleryTrashChanges, GalleryVideo
from videoforge.keys import build_job_prefix, build_poster_prefix, build_upload_prefix
from videoforge.logs import get_logger
from videoforge.problems import Code, Problem

_log = get_logger("JOB")


#: The request that wrote the message sends it first; the relay only after this time.
_HEAD_START: Final = timedelta(seconds=5)


@dataclass(frozen=True, kw_only=True)
class TrashMessage:
    """A change and its message's id in the outbox."""

    message_id: int
    change: GalleryTrashChange


def note_trash(tx: VideoTransaction, video_id: str, *, is_trashed: bool) -> TrashMessage:
    """Write the message. The caller holds the lock on the video's source, so that later changes
    have later times."""
    now = tx.deletions.read_clock()
    change = GalleryTrashChange(video_id=video_id, is_trashed=is_trashed, changed_at=now)
    message = build_trash_change(change, due_at=now + _HEAD_START)
    return TrashMessage(message_id=tx.outbox.add(message), change=change)


def send_trash_messages(ports: VideoPorts, messages: Sequence[TrashMessage]) -> None:
    """Notify the gallery now, if it answers. Never raises: the change is committed, and the relay
    sends the message otherwise."""
    if not messages:
        return
    try:
        ports.gallery.change_trash(GalleryTrashChanges(changes=[item.change for item in messages]))
        with ports.database.begin() as tx:
            tx.outbox.mark_sent([item.message_id for item in messages])
    except Exception as error:
        video_ids = [item.change.video_id for item in messages]
        _log.warning("the gallery will be notified of the trash later", video_ids=video_ids, error=str(error))


def delete_video(ports: VideoPorts, video_id: str, *, caller: Caller, purge: bool) -> None:
    """Move the video to the trash, or purge it. A second call changes nothing, except that `purge`
    ends the wait in the trash. Raises Problem 404 `video_not_found`."""
    with ports.database.begin() as tx:
        message = mark_deleted(ports, tx, video_id, caller=caller, purge=purge)
    ports.cache.forget_published([video_id])
    send_trash_messages(ports, [message])


def mark_deleted(
    ports: VideoPorts, tx: VideoTransaction, video_id: str, *, caller: Caller, purge: bool
) -> TrashMessage:
    """Save the intent and the message, cancel the jobs, and return the message for the gallery.

    Raises Problem 404 `video_not_found`, also for another user's video.
    """
    owner = tx.assets.find_owner(video_id, for_update=True)
    if owner is None or not (caller.is_admin or owner.user_id == caller.user_id):
        raise Problem(Code.video_not_found)
    message = note_trash(tx, video_id, is_trashed=True)
    known = tx.deletions.find_intent(video_id)
    if known is not None and (known.status != "trashed" or not purge):
        return message
    job_ids = tx.assets.list_job_ids(video_id)
    deletion = plan_deletion(
        video_id,
        owner=owner,
        job_ids=job_ids,
        now=ports.clock(),
        trash_hours=0 if purge else ports.trash_hours,
    )
    tx.deletions.save_intent(deletion)
    cancel_jobs_of_video(tx, video_id)
    return message


def plan_deletion(
    video_id: str, *, owner: VideoOwner, job_ids: list[str], now: datetime, trash_hours: float
) -> Deletion:
    """Return the intent, with every prefix that holds objects of the video."""
    return Deletion(
        id=str(uuid.uuid4()),
        scope="video",
        target=video_id,
        user_id=owner.user_id,
        prefixes=[
            build_upload_prefix(owner.s3_key),
            build_poster_prefix(video_id),
            *(build_job_prefix(job_id) for job_id in sorted(job_ids)),
        ],
        status="trashed" if trash_hours else "due",
        due_at=now + timedelta(hours=trash_hours),
    )


def restore_video(ports: VideoPorts, video_id: str, *, caller: Caller) -> GalleryVideo:
    """Return the restored video; one that is not in the trash is returned unchanged.

    The video is read from the gallery first, so that the request fails without a change if the
    gallery is down; after the commit the video is restored, whether the gallery learns of it now or
    later. Raises Problem 404 `video_not_found`; 409 `purge_began` and `restore_window_passed`; 503
    `gallery_unavailable`.
    """
    video = ports.gallery.find_video(video_id)
    if video is None:
        raise Problem(Code.video_not_found)
    with ports.database.begin() as tx:
        message = mark_restored(ports, tx, video_id, caller=caller)
    ports.cache.forget_published([video_id])
    send_trash_messages(ports, [message])
    s3_key = video.s3_key if caller.user_id == video.user_id else None  # it is the owner's alone
    return video.model_copy(update={"deleted_at": None, "s3_key": s3_key})


def mark_restored(ports: VideoPorts, tx: VideoTransaction, video_id: str, *, caller: Caller) -> TrashMessage:
    """Remove the intent, if there is one, and write the message. Raises Problem 404 and 409."""
    owner = tx.assets.find_owner(video_id, for_update=True)
    if owner is None or not (caller.is_admin or owner.user_id == caller.user_id):
        raise Problem(Code.video_not_found)
    intent = tx.deletions.find_intent(video_id)
    if intent is not None:
        if intent.status != "trashed":
            raise Problem(Code.purge_began)
        if intent.due_at <= ports.clock():
            raise Problem(Code.restore_window_passed)
        tx.deletions.remove_intent(video_id)
    return note_trash(tx, video_id, is_trashed=False)
