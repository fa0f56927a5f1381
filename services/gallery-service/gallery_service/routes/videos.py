"""/api/gallery/videos/{id} and what is done to videos by their owners."""

from typing import Any

from flask import Blueprint

from gallery_service.routes.bodies import BulkBody, VideoPatch, VideoPut
from gallery_service.routes.parsing import parse_body, parse_video_id
from gallery_service.routes.parts import get_ports
from gallery_service.routes.shapes import shape_video
from gallery_service.routes.viewers import get_user, get_viewer
from gallery_service.use_cases.change_many_videos import change_many_videos
from gallery_service.use_cases.edit_video import edit_video
from gallery_service.use_cases.get_video import get_video
from gallery_service.use_cases.restore_video import restore_video
from gallery_service.use_cases.trash_video import trash_video

blueprint = Blueprint("videos", __name__, url_prefix="/api/gallery/videos")


@blueprint.get("/<video_id>")
def read(video_id: str) -> dict[str, Any]:
    viewer = get_viewer()
    video = get_video(parse_video_id(video_id), viewer=viewer, ports=get_ports())
    return shape_video(video, viewer=viewer)


@blueprint.patch("/<video_id>", defaults={"model": VideoPatch})
@blueprint.put("/<video_id>", defaults={"model": VideoPut})
def edit(video_id: str, model: type[VideoPatch] | type[VideoPut]) -> dict[str, Any]:
    """PATCH changes the fields given; PUT replaces all that can be edited."""
    viewer = get_user()
    changes = parse_body(model).to_changes()
    video = edit_video(parse_video_id(video_id), changes=changes, viewer=viewer, ports=get_ports())
    return shape_video(video, viewer=viewer)


@blueprint.delete("/<video_id>")
def trash(video_id: str) -> tuple[str, int]:
    viewer = get_user()
    trash_video(parse_video_id(video_id), viewer=viewer, ports=get_ports())
    return "", 204


@blueprint.post("/<video_id>/restore")
def restore(video_id: str) -> dict[str, Any]:
    viewer = get_user()
    video = restore_video(parse_video_id(video_id), viewer=viewer, ports=get_ports())
    return shape_video(video, viewer=viewer)


@blueprint.post("/bulk")
def change_many() -> dict[str, Any]:
    viewer = get_user()
    body = parse_body(BulkBody)
    outcomes = change_many_videos(body.ids, change=body.to_change(), viewer=viewer, ports=get_ports())
    return {
        "results": [
            {"id": outcome.id, "ok": outcome.code is None} | ({"code": outcome.code} if outcome.code else {})
            for outcome in outcomes
        ]
    }
