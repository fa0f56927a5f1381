"""Start an upload: one signed PUT that accepts exactly the announced file, or a multipart upload.

The client's announcement is checked, and the user's limits under a lock: two simultaneous requests
count each other, so twenty open uploads never become twenty-one.
"""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from job_service.quotas.usage import admit_upload
from job_service.uploads.announced_file import AnnouncedFile, AnnouncedUpload
from job_service.uploads.parts import MAX_OBJECT_BYTES, MAX_SINGLE_PUT_BYTES, plan_parts
from job_service.uploads.ports import UploadPorts
from job_service.uploads.upload import (
    Upload,
    check_size,
    choose_extension,
    clean_content_type,
    clean_filename,
)
from videoforge.keys import build_source_key
from videoforge.problems import Problem


def build_upload(ports: UploadPorts, file: AnnouncedFile, *, user_id: str, max_bytes: int) -> Upload:
    """Return a new single upload, not saved yet. Raises Problem 422 for a file that cannot become a
    video."""
    filename = clean_filename(file.filename)
    content_type = clean_content_type(file.content_type)
    check_size(file.size_bytes, max_bytes=max_bytes)
    upload_id = str(uuid.uuid4())
    now = ports.clock()
    return Upload(
        id=upload_id,
        user_id=user_id,
        s3_key=build_source_key(
            user_id,
            upload_id=upload_id,
            extension=choose_extension(filename, content_type=content_type),
        ),
        filename=filename,
        content_type=content_type,
        size_bytes=file.size_bytes,
        method="single",
        status="open",
        created_at=now,
        expires_at=now + timedelta(hours=ports.limits.upload_hours),
    )


def save_within_limits(ports: UploadPorts, upload: Upload) -> None:
    """Save the new upload. Raises the problems of admit_upload."""
    with ports.database.begin() as tx:
        tx.uploads.lock_user(upload.user_id)
        admit_upload(tx, ports.quotas, user_id=upload.user_id, size_bytes=upload.size_bytes)
        tx.uploads.insert_upload(upload)


@dataclass(frozen=True, kw_only=True)
class UploadGrant:
    """`expires_at` is when the URL expires; a PUT started before then may continue."""

    upload: Upload
    url: str
    expires_at: datetime


def grant_upload(ports: UploadPorts, file: AnnouncedFile, *, user_id: str) -> UploadGrant:
    """Raises Problem 422 for a file that cannot become a video, and the problems of
    admit_upload."""
    max_bytes = min(ports.limits.max_bytes, MAX_SINGLE_PUT_BYTES)
    upload = build_upload(ports, file, user_id=user_id, max_bytes=max_bytes)
    save_within_limits(ports, upload)
    url = ports.store.sign_put(
        upload.s3_key,
        content_type=upload.content_type,
        size_bytes=upload.size_bytes,
        seconds=ports.limits.url_seconds,
    )
    expires_at = upload.created_at + timedelta(seconds=ports.limits.url_seconds)
    return UploadGrant(upload=upload, url=url, expires_at=expires_at)


def start_upload(ports: UploadPorts, file: AnnouncedUpload, *, user_id: str) -> Upload:
    """Raises Problem 422 for a file that cannot become a video, and the problems of admit_upload.

    The row is saved before calling the store, so that the limit holds; if the store is down, it is
    freed again.
    """
    max_bytes = min(ports.limits.max_bytes, MAX_OBJECT_BYTES)
    upload = build_upload(ports, file, user_id=user_id, max_bytes=max_bytes)
    plan = plan_parts(upload.size_bytes)
    upload = replace(
        upload,
        method="multipart",
        fingerprint=file.fingerprint,
        part_size_bytes=plan.part_size_bytes,
        part_count=plan.part_count,
    )
    save_within_limits(ports, upload)
    try:
        s3_upload_id = ports.store.start_multipart(upload.s3_key, content_type=upload.content_type)
    except Problem:
        _save(ports, replace(upload, status="aborted"))
        raise
    upload = replace(upload, s3_upload_id=s3_upload_id)
    _save(ports, upload)
    return upload


def _save(ports: UploadPorts, upload: Upload) -> None:
    with ports.database.begin() as tx:
        tx.uploads.save_upload(upload)
