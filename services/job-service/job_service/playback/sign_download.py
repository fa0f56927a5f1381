"""A signed URL to download a video: a rendition for anyone who may watch it, the source for its
owner."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Final

from job_service.auth.caller import Caller
from job_service.playback.download_name import build_download_name
from job_service.playback.open_stream import get_watchable
from job_service.videos.ports import VideoPorts
from videoforge.gallery import GalleryVideo
from videoforge.problems import Code, Problem

SOURCE: Final = "source"
#: A download starts at once, and one that is running continues after the URL has expired.
_URL_SECONDS: Final = 900


@dataclass(frozen=True, kw_only=True)
class SignedDownload:
    url: str
    expires_at: datetime


def sign_download(ports: VideoPorts, video_id: str, *, format_: str, caller: Caller) -> SignedDownload:
    """Raises Problem 404 `video_not_found` or `rendition_not_found`, 409 `video_not_ready`."""
    if format_ == SOURCE:
        return _sign_source(ports, video_id, caller=caller)
    video, published = get_watchable(ports, video_id, caller=caller)
    rendition = published.find_rendition(format_)
    if rendition is None:
        raise _no_rendition(format_)
    return _sign(
        ports,
        rendition.mp4_key,
        filename=build_download_name(video.title, format_=rendition.format),
        content_type="video/mp4",
    )


def _sign_source(ports: VideoPorts, video_id: str, *, caller: Caller) -> SignedDownload:
    """Only the owner sees the source's key in the video."""
    video = ports.gallery.forward("GET", f"/videos/{video_id}", answer=GalleryVideo, caller=caller)
    if video.s3_key is None:
        raise _no_rendition(SOURCE)
    filename = video.original_filename
    if not PurePosixPath(filename).suffix:
        filename += PurePosixPath(video.s3_key).suffix
    return _sign(ports, video.s3_key, filename=filename, content_type=video.content_type)


def _sign(ports: VideoPorts, key: str, *, filename: str, content_type: str) -> SignedDownload:
    url = ports.store.sign_get(key, seconds=_URL_SECONDS, content_type=content_type, filename=filename)
    return SignedDownload(url=url, expires_at=ports.clock() + timedelta(seconds=_URL_SECONDS))


def _no_rendition(format_: str) -> Problem:
    return Problem(Code.rendition_not_found, format=format_[:20])
