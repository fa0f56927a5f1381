"""Delete an upload at its owner's wish."""

from job_service.errors import Problem
from job_service.uploads.find_parts import get_upload
from job_service.uploads.free_upload import free_upload
from job_service.uploads.ports import UploadPorts


def delete_upload(ports: UploadPorts, upload_id: str, *, user_id: str) -> None:
    """Raises Problem 404 `upload_not_found`, 409 `upload_confirmed`; a second call changes nothing."""
    upload = get_upload(ports, upload_id, user_id=user_id)
    if upload.status == "confirmed":
        raise Problem(
            409,
            "upload_confirmed",
            "This upload has become a video.",
            hint="Delete the video instead.",
            extra={"video_id": upload.video_id},
        )
    free_upload(ports, upload)
