"""/api/gallery/videos and /api/gallery/my-videos: pages of videos."""

from flask import Blueprint, Response

from gallery_service.domain.page import CursorRefused, PageRequest, VideoFilter
from gallery_service.domain.video import Viewer
from gallery_service.routes.bodies import ListQuery, OwnListQuery
from gallery_service.routes.parsing import parse_query
from gallery_service.routes.services import get_ports
from gallery_service.routes.shapes import answer_with, show_page
from gallery_service.routes.viewers import get_user, get_viewer
from gallery_service.use_cases.list_videos import list_videos
from videoforge.problems import Code, Problem

blueprint = Blueprint("lists", __name__, url_prefix="/api/gallery")


@blueprint.get("/videos")
def list_public_videos() -> Response:
    """The videos that everyone finds: public, ready, not in the trash."""
    viewer = get_viewer()
    query = parse_query(ListQuery)
    return _answer(query, wanted=query.to_filter(), viewer=viewer)


@blueprint.get("/my-videos")
def list_own_videos() -> Response:
    """The user's own videos in any state; `deleted=true` lists the trash instead."""
    viewer = get_user()
    query = parse_query(OwnListQuery)
    return _answer(query, wanted=query.to_own_filter(str(viewer.user_id)), viewer=viewer)


def _answer(query: ListQuery, *, wanted: VideoFilter, viewer: Viewer) -> Response:
    request = PageRequest(filter=wanted, sort=query.sort, limit=query.limit)
    if query.cursor is not None:
        try:
            request = request.go_on(query.cursor)
        except CursorRefused as error:
            raise Problem(Code.invalid_cursor) from error
    return answer_with(show_page(list_videos(get_ports(), request), viewer=viewer))
