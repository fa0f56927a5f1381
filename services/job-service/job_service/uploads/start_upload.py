"""Start an upload in parts."""

from dataclasses import replace

from job_service.uploads.admit_upload import build_upload, save_within_limits
from job_service.uploads.announced_file import AnnouncedUpload
from job_service.uploads.parts import MAX_OBJECT_BYTES, plan_parts
from job_service.uploads.ports import UploadPorts
from job_service.uploads.upload import Upload
from videoforge.problems import Problem


def start_upload(ports: UploadPorts, file: AnnouncedUpload, *, user_id: str) -> Upload:
    """Raises Problem 422 for a file that cannot become a video, and what admit_upload does.

    The row is there before the store is asked, so that the limit holds; a store that is down frees it.
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
