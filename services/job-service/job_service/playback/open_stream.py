"""Open a video for watching: the gallery checks permission, the player gets a token, and a view is
counted."""

from dataclasses import dataclass
from datetime import datetime

from job_service.auth.caller import Caller
from job_service.playback.early import find_watchable
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
    """`published` has no renditions while the video is not `is_complete`."""

    published: PublishedMedia
    duration_seconds: float
    playable_seconds: float
    is_complete: bool
    token: str
    expires_at: datetime


def get_watchable(
    ports: VideoPorts, video_id: str, *, caller: Caller | None
) -> tuple[GalleryVideo, PublishedMedia]:
    """Return the video as this viewer may see it, and its published media.

    Raises Problem 404 `video_not_found`, 409 `video_not_ready`, 503 `gallery_unavailable`.
    """
    video = _get_video(ports, video_id, caller=caller)
    published = load_published(ports, video.id)
    if published.is_deleted:
        raise Problem(Code.video_not_found)
    if not published.is_watchable:
        raise _not_ready(video)
    return video, published


def open_stream(ports: VideoPorts, video_id: str, *, caller: Caller | None, viewer: str) -> OpenedStream:
    """Return what a player needs, also for a video of which the first seconds are encoded. `viewer`
    identifies the viewer for counting: one view an hour. Raises what get_watchable does."""
    video = _get_video(ports, video_id, caller=caller)
    published, early = find_watchable(ports, video.id)
    if published.is_deleted:
        raise Problem(Code.video_not_found)
    if not (early or published.is_watchable):
        raise _not_ready(video)
    seconds = early.duration_seconds if early else published.duration_seconds
    end = plan_playback_end(ports.clock(), duration_seconds=video.duration_seconds)
    token = ports.tokens.sign(MediaGrant(video_id=published.video_id, expires_at=end))
    _count_view(ports, published.video_id, viewer=viewer)
    return OpenedStream(
        published=published,
        duration_seconds=seconds,
        playable_seconds=early.playable_seconds if early else seconds,
        is_complete=early is None,
        token=token,
        expires_at=end,
    )


def _get_video(ports: VideoPorts, video_id: str, *, caller: Caller | None) -> GalleryVideo:
    return ports.gallery.forward("GET", f"/videos/{video_id}", answer=GalleryVideo, caller=caller)


def _not_ready(video: GalleryVideo) -> Problem:
    return Problem(Code.video_not_ready, extra={"video_status": video.status})


def _count_view(ports: VideoPorts, video_id: str, *, viewer: str) -> None:
    """A view that cannot be counted must not keep the video from playing."""
    if not ports.cache.note_view(video_id, viewer=viewer):
        return
    try:
        ports.gallery.count_view(video_id)
    except Problem as problem:
        _log.warning("view not counted", video_id=video_id, error=problem.code)
