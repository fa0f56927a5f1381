"""Take a video out of the trash.

Whether it can be is decided here, where the intent to delete it is: that goes, with the message to the
gallery, in one transaction.
"""

from job_service.auth.caller import Caller
from job_service.videos.gallery import GalleryVideo
from job_service.videos.ports import VideoPorts, VideoTransaction
from job_service.videos.tell_trash import TrashNews, note_trash, tell_trash
from videoforge.problems import Code, Problem


def restore_video(ports: VideoPorts, video_id: str, *, caller: Caller) -> GalleryVideo:
    """Return the video; one that is not in the trash as it is.

    The gallery is asked for it first, so that one that is down refuses the whole and nothing is changed;
    from the commit on the video is restored, whether the gallery hears of it now or later. Raises Problem 404
    `video_not_found`; 409 `purge_began` and `restore_window_passed`; 503 `gallery_unavailable`.
    """
    video = ports.gallery.find_video(video_id)
    if video is None:
        raise Problem(Code.video_not_found)
    with ports.database.begin() as tx:
        news = take_back(ports, tx, video_id, caller=caller)
    ports.cache.forget_published([video_id])
    tell_trash(ports, [news])
    shown = dict(video) | {"deleted_at": None}
    if caller.user_id != shown["user_id"]:
        del shown["s3_key"]  # the source's key is its owner's alone
    return shown


def take_back(ports: VideoPorts, tx: VideoTransaction, video_id: str, *, caller: Caller) -> TrashNews:
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
