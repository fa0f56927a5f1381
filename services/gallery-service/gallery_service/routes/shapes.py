"""Videos and pages as answers: which fields of a video a viewer sees."""

from flask import Response
from pydantic import BaseModel

from gallery_service.domain.page import VideoPage
from gallery_service.domain.video import Video, Viewer
from videoforge.gallery import GalleryPage, GalleryVideo


def answer_with(model: BaseModel, *, leaves_out_none: bool = False) -> Response:
    return Response(model.model_dump_json(exclude_none=leaves_out_none), mimetype="application/json")


def show_video(video: Video, *, viewer: Viewer) -> GalleryVideo:
    """Return the video as this viewer may see it: the source's key is its owner's alone."""
    shown = show_whole_video(video)
    return shown if video.is_owned_by(viewer) else shown.model_copy(update={"s3_key": None})


def show_whole_video(video: Video) -> GalleryVideo:
    """Return the video with everything, as services see it."""
    return GalleryVideo.model_construct(**dict(video))


def show_page(page: VideoPage, *, viewer: Viewer) -> GalleryPage:
    items = tuple(show_video(video, viewer=viewer) for video in page.items)
    return GalleryPage(items=items, next_cursor=page.next_cursor)
