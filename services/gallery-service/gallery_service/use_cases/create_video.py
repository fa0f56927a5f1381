"""Add a confirmed upload to the gallery, once."""

from gallery_service.domain.video import Video, Viewer
from gallery_service.ports import Ports, VideoTransaction
from videoforge.keys import find_source_owner
from videoforge.problems import Code, Problem


def create_video(ports: Ports, video: Video) -> tuple[Video, bool]:
    """Return the video and whether it is new. A second call, with the same id or source, returns
    the video of the first one as it is now. Raises Problem: 403 for another user's source, 409 for
    another user's video.
    """
    if find_source_owner(video.s3_key) != video.user_id:
        raise Problem(Code.source_not_owned)
    with ports.store.begin() as tx:
        is_new = tx.insert_video(video)
        kept = video if is_new else _get_known(tx, video)
    if is_new:
        ports.cache.drop_pages([video])
    return kept, is_new


def _get_known(tx: VideoTransaction, video: Video) -> Video:
    known = tx.find_video(video.id) or tx.find_by_source(video.s3_key)
    if known is None:
        raise Problem(Code.video_not_found)  # deleted between the two statements
    if not known.is_owned_by(Viewer(user_id=video.user_id)):
        raise Problem(Code.video_conflict)
    return known
