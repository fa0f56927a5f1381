"""Shapes the gallery's videos for the API: the picture's key becomes an address."""

from collections.abc import Mapping
from typing import Any

from job_service.routes.schemas.videos import Video, VideoList
from job_service.videos.media_urls import build_picture_url, renew_picture_url
from job_service.videos.ports import VideoPorts
from job_service.videos.read_videos import find_playable_seconds
from videoforge.gallery import GalleryPage, GalleryVideo


def shape_video(ports: VideoPorts, video: GalleryVideo) -> Video:
    return _shape(ports, video, playable=find_playable_seconds(ports, [video]))


def _shape(ports: VideoPorts, video: GalleryVideo, *, playable: Mapping[str, float]) -> Video:
    url = build_picture_url(ports, video_id=video.id, thumbnail_key=video.thumbnail_key)
    added = {"thumbnail_url": url, "playable_seconds": playable[video.id]}
    return Video.model_validate({**dict(video), **added})


def renew_video(ports: VideoPorts, video: dict[str, Any]) -> dict[str, Any]:
    """Give the stored JSON of a video, as shape_video made it, a picture address that is valid
    now."""
    url = video["thumbnail_url"]
    return {**video, "thumbnail_url": renew_picture_url(ports, url) if url else None}


def shape_page(ports: VideoPorts, page: GalleryPage) -> VideoList:
    playable = find_playable_seconds(ports, page.items)
    items = [_shape(ports, video, playable=playable) for video in page.items]
    return VideoList(items=items, next_cursor=page.next_cursor)
