"""Videos as the gallery lists and shows them, less what it has not heard of yet: a video is in the trash from
the intent on, and out of it with the intent."""

from collections.abc import Mapping, Sequence
from typing import Any

from job_service.auth.caller import Caller
from job_service.deletions.deletion import DeletionStatus
from job_service.videos.ports import VideoPorts
from videoforge.gallery import GalleryPage, GalleryVideo
from videoforge.logs import get_logger
from videoforge.problems import Code, Problem

_log = get_logger("DB")


def list_videos(
    ports: VideoPorts, path: str, *, caller: Caller | None, query: Mapping[str, Any]
) -> GalleryPage:
    """Return a page of one of the gallery's lists. It may be shorter than asked."""
    page = ports.gallery.forward("GET", path, answer=GalleryPage, caller=caller, query=query)
    statuses = _read_statuses(ports, [video.id for video in page.items])
    if statuses is None:
        return page
    wanted = "trashed" if query.get("deleted") == "true" else None
    shown = tuple(video for video in page.items if statuses.get(video.id) == wanted)
    return page.model_copy(update={"items": shown})


def get_video(ports: VideoPorts, video_id: str, *, caller: Caller | None) -> GalleryVideo:
    """Raises Problem 404 `video_not_found`, 503 `gallery_unavailable`."""
    video = ports.gallery.forward("GET", f"/videos/{video_id}", answer=GalleryVideo, caller=caller)
    if _read_statuses(ports, [video.id]):
        raise Problem(Code.video_not_found)
    return video


def _read_statuses(ports: VideoPorts, ids: Sequence[str]) -> dict[str, DeletionStatus] | None:
    """Return None where nobody knows: what the gallery says is then shown as it is, since lists need nothing
    else of the database, and playing asks it again."""
    if not ids:
        return {}
    try:
        with ports.database.begin() as tx:
            return tx.deletions.list_statuses(ids)
    except Problem as problem:
        _log.warning("deletions are not known, videos are shown as they are", problem=problem.code)
        return None
