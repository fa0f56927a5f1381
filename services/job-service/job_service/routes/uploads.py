"""After an upload: its metadata, and its confirmation as a video."""

from flask import Blueprint

from job_service.routes.schemas.videos import ExtractMetadata, Metadata, Video
from job_service.routes.video_shapes import renew_video, shape_video
from job_service.videos.confirm_upload import ConfirmUpload, confirm_upload
from job_service.videos.inspect_source import extract_metadata
from job_service.videos.ports import VideoTransaction
from job_service.web.current_user import require_user
from job_service.web.documented import Answer, documented
from job_service.web.idempotency import KeyHeader, idempotent, keep_answer
from job_service.web.limits import limit_inspections
from job_service.web.services import get_services
from videoforge.gallery import GalleryVideo

blueprint = Blueprint("uploads", __name__, url_prefix="/api")


@blueprint.post("/metadata/extract")
@documented(answers={200: Metadata}, errors=(404, 409, 503), tag="upload", access="user")
@limit_inspections
def post_metadata(json: ExtractMetadata) -> Answer:
    """Show what is in an uploaded file, as measured by ffprobe."""
    found = extract_metadata(get_services().videos, json.s3_key, user_id=require_user().user_id)
    return Metadata.model_validate(found)


@blueprint.post("/upload/confirm")
@idempotent(renew=lambda video: renew_video(get_services().videos, video))
@documented(
    headers=KeyHeader, answers={201: Video, 200: Video}, errors=(404, 409, 503), tag="upload", access="user"
)
@limit_inspections
def post_confirm(json: ConfirmUpload) -> Answer:
    """Create a video from an uploaded file; 200 with the same video if it was already confirmed.

    Accepts an `Idempotency-Key`.
    """
    ports = get_services().videos

    def keep(tx: VideoTransaction, video: GalleryVideo) -> None:
        keep_answer(tx, shape_video(ports, video), status=201)

    video, is_new = confirm_upload(ports, json, caller=require_user(), keep=keep)
    return shape_video(ports, video), 201 if is_new else 200
