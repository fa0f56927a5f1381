"""What the store has of an upload in parts; learns there that an upload was lost or is complete."""

from dataclasses import dataclass, replace

from job_service.platform.object_store import StoredPart, UploadLost
from job_service.uploads.ports import UploadPorts
from job_service.uploads.upload import Upload
from videoforge.problems import Code, Problem


@dataclass(frozen=True, kw_only=True)
class UploadProgress:
    upload: Upload
    parts: list[StoredPart]


def get_upload(ports: UploadPorts, upload_id: str, *, user_id: str) -> Upload:
    """Raises Problem 404 `upload_not_found`, for a foreign upload too."""
    with ports.database.begin() as tx:
        upload = tx.uploads.find_upload(upload_id, user_id=user_id)
    if upload is None:
        raise Problem(Code.upload_not_found)
    return upload


def find_parts(ports: UploadPorts, upload: Upload) -> UploadProgress:
    """Return the upload as it stands with its parts. An open upload that the store no longer knows
    becomes `completed` where the whole object is there (a complete whose answer was lost), else `lost`."""
    if upload.method == "single" or upload.status != "open":
        return UploadProgress(upload=upload, parts=[])
    if upload.s3_upload_id is not None:
        try:
            parts = ports.store.list_parts(upload.s3_key, upload_id=upload.s3_upload_id)
            return UploadProgress(upload=upload, parts=parts)
        except UploadLost:
            pass
    return UploadProgress(upload=settle_lost(ports, upload), parts=[])


def settle_lost(ports: UploadPorts, upload: Upload) -> Upload:
    """Save what became of an upload that the store no longer knows, unless another request did."""
    head = ports.store.find_object(upload.s3_key)
    if head is not None and head.size_bytes == upload.size_bytes:
        settled = replace(upload, status="completed", completed_at=ports.clock())
    else:
        settled = replace(upload, status="lost")
    with ports.database.begin() as tx:
        now = tx.uploads.find_upload(upload.id, user_id=upload.user_id, for_update=True)
        if now is None or now.status != "open":
            return now or settled
        tx.uploads.save_upload(settled)
    return settled
