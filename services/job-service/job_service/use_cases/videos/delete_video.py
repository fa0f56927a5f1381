"""Delete a video: to the trash, or at once with `purge`.

The intent is written first, with the cancelling of the video's jobs in one transaction, and the gallery is
told after it. From the intent on nobody watches the video; what follows can be repeated until it is done.
"""

import uuid
from datetime import datetime, timedelta

from job_service.domain.caller import Caller
from job_service.domain.deletion import Deletion
from job_service.errors import Problem, not_found
from job_service.ports.database import Transaction
from job_service.ports.videos import VideoOwner, VideoPorts
from videoforge.keys import build_job_prefix, build_poster_prefix, build_upload_prefix


def delete_video(ports: VideoPorts, video_id: str, *, caller: Caller, purge: bool) -> None:
    """A second call changes nothing, except that `purge` ends the wait in the trash.

    Raises Problem 404 `video_not_found`, 503 `gallery_unavailable` (the intent stands; ask again).
    """
    with ports.database.begin() as transaction:
        stopped = mark_deleted(ports, transaction, video_id, caller=caller, purge=purge)
    ports.cache.forget_published([video_id])
    ports.jobs.announce_jobs(stopped)
    tell_gallery(ports, video_id, caller=caller)


def mark_deleted(
    ports: VideoPorts, transaction: Transaction, video_id: str, *, caller: Caller, purge: bool
) -> list[str]:
    """Write the intent and cancel the jobs; return the ids of those that were stopped.

    Raises Problem 404 `video_not_found`, for another user's video too.
    """
    owner = ports.assets.find_owner(transaction, video_id, for_update=True)
    if owner is None or not (caller.is_admin or owner.user_id == caller.user_id):
        raise not_found("video")
    known = ports.deletions.find_intent(transaction, video_id)
    if known is not None and (known.status != "trashed" or not purge):
        return []
    job_ids = ports.assets.list_job_ids(transaction, video_id)
    deletion = plan_deletion(
        video_id,
        owner=owner,
        job_ids=job_ids,
        now=ports.clock(),
        trash_hours=0 if purge else ports.trash_hours,
    )
    ports.deletions.save_intent(transaction, deletion)
    return ports.jobs.cancel_jobs(transaction, video_id)


def plan_deletion(
    video_id: str, *, owner: VideoOwner, job_ids: list[str], now: datetime, trash_hours: float
) -> Deletion:
    """Return the intent with every prefix that holds something of the video."""
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


def tell_gallery(ports: VideoPorts, video_id: str, *, caller: Caller) -> None:
    """Hide the video from every list. A gallery that has it no more is content."""
    try:
        ports.gallery.forward("DELETE", f"/videos/{video_id}", caller=caller)
    except Problem as problem:
        if problem.status == 404:
            return
        if problem.status == 503:
            problem.hint = "The deletion is noted and will be done. Ask again to hide the video at once."
        raise
