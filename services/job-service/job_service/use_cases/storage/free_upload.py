"""Give an upload up and remove what the store has of it."""

from dataclasses import replace
from typing import Literal

from job_service.domain.upload import Upload
from job_service.ports.storage import StoragePorts
from videoforge.keys import build_upload_prefix


def free_upload(
    ports: StoragePorts, upload: Upload, *, status: Literal["aborted", "expired"] = "aborted"
) -> None:
    """Save the status and, in the same transaction, the intent to remove what may still arrive by a URL
    that is out; then remove what is there. Harmless a second time, and for a confirmed upload."""
    with ports.database.begin() as transaction:
        now = ports.uploads.find_upload(transaction, upload.id, user_id=upload.user_id, for_update=True)
        if now is None or now.status == "confirmed":
            return
        ports.uploads.save_upload(transaction, replace(now, status=status))
        ports.deletions.save_prefix_intent(
            transaction,
            build_upload_prefix(upload.s3_key),
            user_id=upload.user_id,
            due_at=max(upload.expires_at, ports.clock()),
        )
    if now.s3_upload_id is not None:
        ports.store.abort_multipart(now.s3_key, upload_id=now.s3_upload_id)
    ports.store.delete_object(now.s3_key)
