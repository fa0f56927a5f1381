"""/internal/videos: the calls of job-service; videoforge.gallery describes them."""

from flask import Blueprint, Response

from gallery_service.routes.bodies import VideoDraft
from gallery_service.routes.parsing import parse_body, parse_video_id
from gallery_service.routes.services import get_ports
from gallery_service.routes.shapes import answer_with, show_whole_video
from gallery_service.routes.viewers import get_user
from gallery_service.use_cases.change_status import change_status
from gallery_service.use_cases.count_view import count_view
from gallery_service.use_cases.create_video import create_video
from gallery_service.use_cases.follow_trash import follow_trash
from gallery_service.use_cases.get_video import get_any_video
from gallery_service.use_cases.publish_video import publish_video
from gallery_service.use_cases.purge_video import purge_video
from videoforge.gallery import GalleryPublication, GalleryStatusChange, GalleryTrashChanges

blueprint = Blueprint("internal", __name__, url_prefix="/internal/videos")


@blueprint.post("")
def create() -> tuple[Response, int]:
    """201 with the new video, 200 with an existing one. The owner is the user of the token."""
    user = get_user()
    draft = parse_body(VideoDraft)
    ports = get_ports()
    video, is_new = create_video(ports, draft.to_video(user_id=str(user.user_id), at=ports.clock()))
    return answer_with(show_whole_video(video)), 201 if is_new else 200


@blueprint.get("/<video_id>")
def read(video_id: str) -> Response:
    return answer_with(show_whole_video(get_any_video(get_ports(), parse_video_id(video_id))))


@blueprint.delete("/<video_id>")
def purge(video_id: str) -> tuple[str, int]:
    purge_video(get_ports(), parse_video_id(video_id))
    return "", 204


@blueprint.post("/<video_id>/publish")
def publish(video_id: str) -> tuple[str, int]:
    publication = parse_body(GalleryPublication)
    publish_video(
        get_ports(),
        parse_video_id(video_id),
        job_id=publication.job_id,
        renditions=publication.renditions,
        thumbnail_key=publication.thumbnail_key,
        source=publication.source,
    )
    return "", 204


@blueprint.post("/<video_id>/status")
def follow(video_id: str) -> tuple[str, int]:
    change = parse_body(GalleryStatusChange)
    change_status(get_ports(), parse_video_id(video_id), status=change.status)
    return "", 204


@blueprint.post("/trash")
def follow_the_trash() -> tuple[str, int]:
    follow_trash(get_ports(), parse_body(GalleryTrashChanges))
    return "", 204


@blueprint.post("/<video_id>/views")
def view(video_id: str) -> tuple[str, int]:
    count_view(get_ports(), parse_video_id(video_id))
    return "", 204
