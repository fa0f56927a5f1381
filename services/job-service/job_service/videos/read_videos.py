"""Videos as the gallery lists and shows them, corrected by what the gallery does not know yet: a
video is in the trash exactly as long as its deletion intent exists."""

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
    """Return a page of one of the gallery's lists. It may be shorter than requested."""
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


def find_playable_seconds(ports: VideoPorts, videos: Sequence[GalleryVideo]) -> Mapping[str, float]:
    """Return how much of each video can be watched, by its id. While the database does not answer,
    that is nothing of those that are being encoded."""
    found = {video.id: (video.duration_seconds or 0.0) if video.renditions else 0.0 for video in videos}
    running = [video.id for video in videos if not video.renditions and video.status == "processing"]
    if not running:
        return found
    try:
        with ports.database.read() as tx:
            jobs = tx.jobs.list_playable(running)
    except Problem as problem:
        _log.warning("what can be watched early is unknown", problem=problem.code)
        return found
    return found | {job.video_id: job.playable_seconds for job in reversed(jobs)}


def _read_statuses(ports: VideoPorts, ids: Sequence[str]) -> dict[str, DeletionStatus] | None:
    """Return None while the database does not answer: the gallery's answer is then shown unchanged,
    because lists need nothing else from the database and playback checks again."""
    if not ids:
        return {}
    try:
        with ports.database.read() as tx:
            return tx.deletions.list_statuses(ids)
    except Problem as problem:
        _log.warning(
            "deletions are unknown; videos are shown as the gallery lists them", problem=problem.code
        )
        return None
