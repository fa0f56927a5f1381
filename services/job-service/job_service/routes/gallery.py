"""The gallery's public routes: passed on, with job-service's additions (picture addresses,
deletion)."""

from typing import Any

from flask import Blueprint, request
from pydantic import BaseModel

from job_service.routes.schemas.storage import NoFields
from job_service.routes.schemas.videos import (
    ChangeVideos,
    DeleteVideo,
    ListOwnVideos,
    ListVideos,
    PatchVideo,
    PutVideo,
    Video,
    VideoList,
)
from job_service.routes.video_shapes import shape_page, shape_video
from job_service.videos.change_videos import change_videos
from job_service.videos.read_videos import get_video as show_video
from job_service.videos.read_videos import list_videos
from job_service.videos.trash import delete_video, restore_video
from job_service.web.current_user import find_user, require_user
from job_service.web.documented import Answer, documented
from job_service.web.services import get_services
from job_service.web.video_ids import parse_video_id
from videoforge.gallery import ChangeOutcomes, GalleryVideo

blueprint = Blueprint("gallery", __name__, url_prefix="/api/gallery")


@blueprint.get("/videos")
@documented(answers={200: VideoList}, errors=(503,), tag="gallery", access="optional")
def get_videos(query: ListVideos) -> Answer:
    """List the public videos."""
    return _list("/videos", query, caller=find_user())


@blueprint.get("/my-videos")
@documented(answers={200: VideoList}, errors=(503,), tag="gallery", access="user")
def get_own_videos(query: ListOwnVideos) -> Answer:
    """List your own videos in any state, or the trash."""
    return _list("/my-videos", query, caller=require_user())


def _list(path: str, query: BaseModel, *, caller: Any) -> VideoList:
    ports = get_services().videos
    parameters = query.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    if "deleted" in parameters:
        parameters["deleted"] = str(parameters["deleted"]).lower()
    return shape_page(ports, list_videos(ports, path, caller=caller, query=parameters))


@blueprint.get("/videos/<video_id>")
@documented(answers={200: Video}, errors=(404, 503), tag="gallery", access="optional")
def get_video(video_id: str) -> Answer:
    """Show a video: your own, a public one, or an unlisted one by its id."""
    ports = get_services().videos
    return shape_video(ports, show_video(ports, parse_video_id(video_id), caller=find_user()))


@blueprint.patch("/videos/<video_id>")
@documented(answers={200: Video}, errors=(404, 503), tag="gallery", access="user")
def patch_video(video_id: str, json: PatchVideo) -> Answer:
    """Change some fields."""
    return _edit("PATCH", video_id)


@blueprint.put("/videos/<video_id>")
@documented(answers={200: Video}, errors=(404, 503), tag="gallery", access="user")
def put_video(video_id: str, json: PutVideo) -> Answer:
    """Replace everything that can be edited."""
    return _edit("PUT", video_id)


def _edit(method: Any, video_id: str) -> Video:
    """Pass the body on unchanged: the gallery cleans the texts and decides what is valid."""
    ports = get_services().videos
    body = request.get_json()
    video = ports.gallery.forward(
        method, f"/videos/{parse_video_id(video_id)}", answer=GalleryVideo, caller=require_user(), json=body
    )
    return shape_video(ports, video)


@blueprint.delete("/videos/<video_id>")
@documented(answers={204: None}, errors=(404, 503), tag="gallery", access="user")
def delete_one_video(video_id: str, query: DeleteVideo) -> Answer:
    """Move a video to the trash, or delete it permanently (`purge=true`); works while the gallery
    is down."""
    delete_video(get_services().videos, parse_video_id(video_id), caller=require_user(), purge=query.purge)
    return "", 204


@blueprint.post("/videos/<video_id>/restore")
@documented(answers={200: Video}, errors=(404, 409, 503), tag="gallery", access="user")
def post_restore(video_id: str, json: NoFields) -> Answer:
    """Restore a video from the trash."""
    ports = get_services().videos
    return shape_video(ports, restore_video(ports, parse_video_id(video_id), caller=require_user()))


@blueprint.post("/videos/bulk")
@documented(answers={200: ChangeOutcomes}, errors=(503,), tag="gallery", access="user")
def post_bulk(json: ChangeVideos) -> Answer:
    """Delete, restore or change the visibility of up to 100 videos; each has its own outcome."""
    outcomes = change_videos(
        get_services().videos,
        json.ids,
        action=json.action,
        visibility=json.visibility,
        caller=require_user(),
    )
    return ChangeOutcomes(results=outcomes)
