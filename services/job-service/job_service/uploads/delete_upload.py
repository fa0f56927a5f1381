"""Delete an upload at its owner's wish."""

from job_service.uploads.find_parts import get_upload
from job_service.uploads.free_upload import free_upload
from job_service.uploads.ports import UploadPorts
from videoforge.problems import Code, Problem


def delete_upload(ports: UploadPorts, upload_id: str, *, user_id: str) -> None:
    """Raises Problem 404 `upload_not_found`, 409 `upload_confirmed`; a second call changes nothing."""
    upload = get_upload(ports, upload_id, user_id=user_id)
    if upload.status == "confirmed":
        raise Problem(Code.upload_confirmed, extra={"video_id": upload.video_id})
    free_upload(ports, upload)
