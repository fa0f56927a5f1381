"""Playback: the addresses of one video."""

import hashlib

from flask import Blueprint, request

from job_service.auth.caller import Caller
from job_service.playback.open_stream import OpenedStream, open_stream
from job_service.playback.sign_download import sign_download
from job_service.routes.schemas.videos import Download, DownloadQuery, Stream, StreamRendition
from job_service.videos.media_urls import (
    MASTER_NAME,
    PICTURE_NAME,
    build_media_url,
    build_object_url,
)
from job_service.videos.ports import VideoPorts
from job_service.web.current_user import find_user, require_user
from job_service.web.documented import Answer, documented
from job_service.web.services import get_services
from job_service.web.video_ids import parse_video_id

blueprint = Blueprint("stream", __name__, url_prefix="/api")


@blueprint.get("/stream/<video_id>")
@documented(answers={200: Stream}, errors=(404, 409, 503), tag="stream", access="optional")
def get_stream(video_id: str) -> Answer:
    """Get a playlist for any HLS player, and MP4s. Counts a view, one per viewer and hour. While a
    video is encoded for the first time its playlist grows, and there are no MP4s yet."""
    ports = get_services().videos
    caller = find_user()
    return _shape(
        ports, open_stream(ports, parse_video_id(video_id), caller=caller, viewer=_name_viewer(caller))
    )


@blueprint.get("/storage/download-url")
@documented(answers={200: Download}, errors=(404, 409, 503), tag="storage", access="user")
def get_download_url(query: DownloadQuery) -> Answer:
    """Get a signed address to download a rendition, or your own source."""
    signed = sign_download(
        get_services().videos, parse_video_id(query.video_id), format_=query.format, caller=require_user()
    )
    return Download(url=signed.url, expires_at=signed.expires_at)


def _name_viewer(caller: Caller | None) -> str:
    """The user, or an anonymous viewer's address in a form that does not reveal it."""
    if caller is not None:
        return f"user:{caller.user_id}"
    return "address:" + hashlib.sha256((request.remote_addr or "").encode()).hexdigest()[:32]


def _shape(ports: VideoPorts, stream: OpenedStream) -> Stream:
    published, token = stream.published, stream.token
    storyboard_key = published.storyboard_key
    return Stream(
        hls_url=build_media_url(ports, token, MASTER_NAME),
        renditions=[
            StreamRendition(
                format=item.format,
                width=item.width,
                height=item.height,
                bitrate_bps=item.bitrate_bps,
                size_bytes=item.size_bytes,
                mp4_url=build_object_url(ports, token, item.mp4_key),
            )
            for item in sorted(published.renditions, key=lambda item: item.width * item.height)
        ],
        thumbnail_url=build_media_url(ports, token, PICTURE_NAME) if published.thumbnail_key else None,
        storyboard_url=build_object_url(ports, token, storyboard_key) if storyboard_key else None,
        captions=[],
        duration_seconds=stream.duration_seconds,
        playable_seconds=stream.playable_seconds,
        is_complete=stream.is_complete,
        expires_at=stream.expires_at,
    )
