"""Delete a video: to the trash, or at once with `purge`.

The intent, the cancelling of the video's jobs and the message to the gallery are one transaction. From then
on nobody watches the video or finds it, also while the gallery is down and has not heard of it.
"""

import uuid
from datetime import datetime, timedelta

from job_service.auth.caller import Caller
from job_service.deletions.deletion import Deletion
from job_service.jobs.cancel_jobs_of_video import cancel_jobs_of_video
from job_service.videos.assets import VideoOwner
from job_service.videos.ports import VideoPorts, VideoTransaction
from job_service.videos.tell_trash import TrashNews, note_trash, tell_trash
from videoforge.keys import build_job_prefix, build_poster_prefix, build_upload_prefix
from videoforge.problems import Code, Problem


def delete_video(ports: VideoPorts, video_id: str, *, caller: Caller, purge: bool) -> None:
    """A second call changes nothing, except that `purge` ends the wait in the trash. Raises Problem 404
    `video_not_found`."""
    with ports.database.begin() as tx:
        news = mark_deleted(ports, tx, video_id, caller=caller, purge=purge)
    ports.cache.forget_published([video_id])
    tell_trash(ports, [news])


def mark_deleted(
    ports: VideoPorts, tx: VideoTransaction, video_id: str, *, caller: Caller, purge: bool
) -> TrashNews:
    """Write the intent and the message, cancel the jobs, and return what to tell the gallery.

    Raises Problem 404 `video_not_found`, for another user's video too.
    """
    owner = tx.assets.find_owner(video_id, for_update=True)
    if owner is None or not (caller.is_admin or owner.user_id == caller.user_id):
        raise Problem(Code.video_not_found)
    news = note_trash(tx, video_id, is_trashed=True)
    known = tx.deletions.find_intent(video_id)
    if known is not None and (known.status != "trashed" or not purge):
        return news
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
    return news


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
