"""Take a video out of the trash.

The intent goes first: a crash in between leaves a video in the trash that is never removed and can be
restored again, never one that is shown and then removed.
"""

from job_service.domain.caller import Caller
from job_service.domain.deletion import Deletion
from job_service.errors import Problem, not_found
from job_service.ports.database import Transaction
from job_service.ports.gallery import GalleryVideo
from job_service.ports.videos import VideoPorts


def restore_video(ports: VideoPorts, video_id: str, *, caller: Caller) -> GalleryVideo:
    """Return the video; one that is not in the trash as it is.

    Raises Problem 404 `video_not_found`; 409 `purge_began`, or the gallery's where the time has passed.
    """
    with ports.database.begin() as transaction:
        intent = take_back(ports, transaction, video_id, caller=caller)
    try:
        answer = ports.gallery.forward("POST", f"/videos/{video_id}/restore", caller=caller)
    except Problem:
        put_back(ports, intent)
        raise
    ports.cache.forget_published([video_id])
    return answer.body or {}


def take_back(
    ports: VideoPorts, transaction: Transaction, video_id: str, *, caller: Caller
) -> Deletion | None:
    """Remove the intent and return it; None where there is none. Raises Problem 404 and 409."""
    owner = ports.assets.find_owner(transaction, video_id, for_update=True)
    if owner is None or not (caller.is_admin or owner.user_id == caller.user_id):
        raise not_found("video")
    intent = ports.deletions.find_intent(transaction, video_id)
    if intent is None:
        return None
    if intent.status != "trashed":
        raise Problem(409, "purge_began", "The video is being removed for good.")
    ports.deletions.remove_intent(transaction, video_id)
    return intent


def put_back(ports: VideoPorts, intent: Deletion | None) -> None:
    """The gallery did not restore it: the deletion stands as before."""
    if intent is None:
        return
    with ports.database.begin() as transaction:
        ports.deletions.save_intent(transaction, intent)
