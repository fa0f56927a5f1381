"""Grant one PUT: an upload row and a URL that takes exactly the file that was announced."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from job_service.uploads.admit_upload import build_upload, save_within_limits
from job_service.uploads.announced_file import AnnouncedFile
from job_service.uploads.parts import MAX_SINGLE_PUT_BYTES
from job_service.uploads.ports import UploadPorts
from job_service.uploads.upload import Upload


@dataclass(frozen=True, kw_only=True)
class UploadGrant:
    """`expires_at` is the URL's end; a PUT begun before it may run on."""

    upload: Upload
    url: str
    expires_at: datetime


def grant_upload(ports: UploadPorts, file: AnnouncedFile, *, user_id: str) -> UploadGrant:
    """Raises Problem 422 for a file that cannot become a video, and what admit_upload does."""
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
