"""/media/{token}/…: what players fetch. Text files are answered here, everything else is redirected
to the store."""

from flask import Blueprint, Response, redirect, request

from job_service.playback.read_media import (
    MEDIA_SECONDS,
    MediaRedirect,
    MediaText,
    read_media,
)
from job_service.web.services import get_services

blueprint = Blueprint("media", __name__, url_prefix="/media")


@blueprint.get("/<token>/<path:path>")
def get_media(token: str, path: str) -> Response:
    """307 keeps the method and lets a player repeat its range request at the store."""
    found = read_media(
        get_services().videos,
        token,
        path,
        is_head=request.method == "HEAD",
        is_download=request.args.get("download") == "1",
    )
    response = _answer(found)
    scope = "public" if isinstance(found, MediaRedirect) and found.is_public else "private"
    is_growing = isinstance(found, MediaText) and found.is_growing
    response.headers["Cache-Control"] = "no-store" if is_growing else f"{scope}, max-age={MEDIA_SECONDS}"
    return response


def _answer(found: MediaText | MediaRedirect) -> Response:
    if isinstance(found, MediaText):
        return Response(found.text, content_type=found.content_type)
    answer = redirect(found.url, 307, Response=Response)
    answer.set_data(b"")  # werkzeug writes a page with the signed URL in it
    return answer  # type: ignore[return-value]
