"""/api/gallery/videos/{id}: read and edit. job-service decides on deleting and restoring, and sends
both to /internal/videos/trash."""

from flask import Blueprint, Response

from gallery_service.routes.bodies import VideoPatch, VideoPut, VisibilityBody
from gallery_service.routes.parsing import parse_body, parse_video_id
from gallery_service.routes.services import get_ports
from gallery_service.routes.shapes import answer_with, show_video
from gallery_service.routes.viewers import get_user, get_viewer
from gallery_service.use_cases.change_visibility import change_visibility
from gallery_service.use_cases.edit_video import edit_video
from gallery_service.use_cases.get_video import get_video
from videoforge.gallery import ChangeOutcomes

blueprint = Blueprint("videos", __name__, url_prefix="/api/gallery/videos")


@blueprint.get("/<video_id>")
def read(video_id: str) -> Response:
    viewer = get_viewer()
    video = get_video(get_ports(), parse_video_id(video_id), viewer=viewer)
    return answer_with(show_video(video, viewer=viewer))


@blueprint.patch("/<video_id>", defaults={"model": VideoPatch})
@blueprint.put("/<video_id>", defaults={"model": VideoPut})
def edit(video_id: str, model: type[VideoPatch] | type[VideoPut]) -> Response:
    """PATCH changes the given fields; PUT replaces everything that can be edited."""
    viewer = get_user()
    changes = parse_body(model).to_changes()
    video = edit_video(get_ports(), parse_video_id(video_id), changes=changes, viewer=viewer)
    return answer_with(show_video(video, viewer=viewer))


@blueprint.post("/visibility")
def show_or_hide() -> Response:
    viewer = get_user()
    body = parse_body(VisibilityBody)
    outcomes = change_visibility(get_ports(), body.ids, visibility=body.visibility, viewer=viewer)
    return answer_with(ChangeOutcomes(results=outcomes), leaves_out_none=True)
