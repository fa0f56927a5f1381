"""Open a video for watching: the gallery checks permission, the player gets a token, and a view is
counted."""

from dataclasses import dataclass
from datetime import datetime

from job_service.auth.caller import Caller
from job_service.playback.published import load_published
from job_service.videos.assets import PublishedMedia
from job_service.videos.media_token import MediaGrant, plan_playback_end
from job_service.videos.ports import VideoPorts
from videoforge.gallery import GalleryVideo
from videoforge.logs import get_logger
from videoforge.problems import Code, Problem

_log = get_logger("API")


@dataclass(frozen=True, kw_only=True)
class OpenedStream:
    published: PublishedMedia
    token: str
    expires_at: datetime


def get_watchable(
    ports: VideoPorts, video_id: str, *, caller: Caller | None
) -> tuple[GalleryVideo, PublishedMedia]:
    """Return the video as this viewer may see it, and its published media.

    Raises Problem 404 `video_not_found`, 409 `video_not_ready`, 503 `gallery_unavailable`.
    """
    video = ports.gallery.forward("GET", f"/videos/{video_id}", answer=GalleryVideo, caller=caller)
    published = load_published(ports, video.id)
    if published.is_deleted:
        raise Problem(Code.video_not_found)
    if not published.is_watchable:
        raise Problem(Code.video_not_ready, extra={"video_status": video.status})
    return video, published


def open_stream(ports: VideoPorts, video_id: str, *, caller: Caller | None, viewer: str) -> OpenedStream:
    """Return what a player needs. `viewer` identifies the viewer for counting: one view an hour."""
    video, published = get_watchable(ports, video_id, caller=caller)
    end = plan_playback_end(ports.clock(), duration_seconds=video.duration_seconds)
    token = ports.tokens.sign(MediaGrant(video_id=published.video_id, expires_at=end))
    _count_view(ports, published.video_id, viewer=viewer)
    return OpenedStream(published=published, token=token, expires_at=end)


def _count_view(ports: VideoPorts, video_id: str, *, viewer: str) -> None:
    """A view that cannot be counted must not keep the video from playing."""
    if not ports.cache.note_view(video_id, viewer=viewer):
        return
    try:
        ports.gallery.count_view(video_id)
    except Problem as problem:
        _log.warning("view not counted", video_id=video_id, error=problem.code)
