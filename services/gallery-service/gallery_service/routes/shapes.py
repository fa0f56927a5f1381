"""Videos and pages as JSON, in the order of the API's document; times ISO 8601 in UTC with a Z.

`thumbnail_key` goes to job-service, which turns it into `thumbnail_url`.
"""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from gallery_service.domain.page import VideoPage
from gallery_service.domain.video import Video, Viewer


def shape_video(video: Video, *, viewer: Viewer) -> dict[str, Any]:
    """Return the video as this viewer may see it: the source's key is its owner's alone."""
    shaped = shape_whole_video(video)
    if not video.is_owned_by(viewer):
        del shaped["s3_key"]
    return shaped


def shape_whole_video(video: Video) -> dict[str, Any]:
    """Return the video with everything, as services see it."""
    return {
        "id": video.id,
        "user_id": video.user_id,
        "title": video.title,
        "description": video.description,
        "tags": list(video.tags),
        "original_filename": video.original_filename,
        "content_type": video.content_type,
        "s3_key": video.s3_key,
        "thumbnail_key": video.thumbnail_key,
        "duration_seconds": video.duration_seconds,
        "width": video.width,
        "height": video.height,
        "resolution": video.resolution,
        "video_codec": video.video_codec,
        "audio_codec": video.audio_codec,
        "frame_rate": video.frame_rate,
        "container": video.container,
        "file_size_bytes": video.file_size_bytes,
        "visibility": video.visibility,
        "status": video.status,
        "views": video.views,
        "renditions": [asdict(rendition) for rendition in video.renditions],
        "created_at": _shape_time(video.created_at),
        "updated_at": _shape_time(video.updated_at),
        "deleted_at": _shape_time(video.deleted_at) if video.deleted_at else None,
    }


def shape_page(page: VideoPage, *, viewer: Viewer) -> dict[str, Any]:
    items = [shape_video(video, viewer=viewer) for video in page.items]
    return {"items": items, "next_cursor": page.next_cursor}


def _shape_time(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
