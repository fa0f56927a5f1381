"""Let a new upload in: what it says of itself is checked, and the user's limits under a lock.

The lock makes two requests at once count each other, so twenty open uploads are never twenty-one.
"""

import uuid
from datetime import timedelta

from job_service.quotas.admit import admit_upload
from job_service.uploads.announced_file import AnnouncedFile
from job_service.uploads.ports import UploadPorts
from job_service.uploads.upload import (
    Upload,
    check_size,
    choose_extension,
    clean_content_type,
    clean_filename,
)
from videoforge.keys import build_source_key


def build_upload(ports: UploadPorts, file: AnnouncedFile, *, user_id: str, max_bytes: int) -> Upload:
    """Return a new single upload, not saved yet. Raises Problem 422 for what can become no video."""
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
    """Save the new upload. Raises what admit_upload does."""
    with ports.database.begin() as tx:
        tx.uploads.lock_user(upload.user_id)
        admit_upload(tx, ports.quotas, user_id=upload.user_id, size_bytes=upload.size_bytes)
        tx.uploads.insert_upload(upload)
