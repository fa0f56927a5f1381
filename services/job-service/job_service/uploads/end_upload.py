"""Abort an upload or let it expire, and delete what the store has of it."""

import uuid
from dataclasses import replace
from datetime import datetime
from typing import Literal

from job_service.deletions.deletion import Deletion
from job_service.uploads.parts import get_upload
from job_service.uploads.ports import UploadPorts
from job_service.uploads.upload import Upload
from videoforge.keys import build_poster_prefix, build_upload_prefix
from videoforge.problems import Code, Problem


def free_upload(
    ports: UploadPorts, upload: Upload, *, status: Literal["aborted", "expired"] = "aborted"
) -> None:
    """Abort the multipart upload; save the status and, in the same transaction, a deletion for
    anything that may still arrive through a URL already handed out; then delete the object. Safe to
    call twice, and for a confirmed upload.

    Parts have no key, so no deletion can find them: they are dropped while the upload is still
    open. If the store is down the upload stays open, and the caller, or the sweep of expired
    uploads, tries again.
    """
    if upload.s3_upload_id is not None:
        ports.store.abort_multipart(upload.s3_key, upload_id=upload.s3_upload_id)
    with ports.database.begin() as tx:
        now = tx.uploads.find_upload(upload.id, user_id=upload.user_id, for_update=True)
        if now is None or now.status == "confirmed":
            return
        tx.uploads.save_upload(replace(now, status=status))
        if now.video_id is not None:
            tx.deletions.save_intent(_plan_video_deletion(now, video_id=now.video_id, at=ports.clock()))
        tx.deletions.save_prefix_intent(
            build_upload_prefix(upload.s3_key),
            user_id=upload.user_id,
            due_at=max(upload.expires_at, ports.clock()),
        )
    ports.store.delete_object(now.s3_key)


def _plan_video_deletion(upload: Upload, *, video_id: str, at: datetime) -> Deletion:
    """An interrupted confirm may already have told the gallery, and left a picture."""
    return Deletion(
        id=str(uuid.uuid4()),
        scope="video",
        target=video_id,
        user_id=upload.user_id,
        prefixes=[build_upload_prefix(upload.s3_key), build_poster_prefix(video_id)],
        status="due",
        due_at=at,
    )


def delete_upload(ports: UploadPorts, upload_id: str, *, user_id: str) -> None:
    """Raises Problem 404 `upload_not_found`, 409 `upload_confirmed`; a second call changes
    nothing."""
    upload = get_upload(ports, upload_id, user_id=user_id)
    if upload.status == "confirmed":
        raise Problem(Code.upload_confirmed, extra={"video_id": upload.video_id})
    free_upload(ports, upload)
