"""Join the parts of an upload: the server lists them itself and does not trust a client's list."""

from dataclasses import replace
from typing import Final

from job_service.platform.object_store import StoredPart, UploadLost
from job_service.uploads.end_upload import free_upload
from job_service.uploads.parts import find_parts, get_upload, plan_parts, refuse_closed, settle_lost
from job_service.uploads.ports import UploadPorts
from job_service.uploads.upload import Upload
from videoforge.problems import Code, Problem

#: As many missing part numbers as one request can get URLs for.
_SHOWN_PARTS: Final = 100
_FINISHED: Final = frozenset({"completed", "confirmed"})


def complete_upload(ports: UploadPorts, upload_id: str, *, user_id: str) -> Upload:
    """Return the completed upload; a second call returns the same.

    Raises Problem 404 `upload_not_found`, 409 `parts_missing` (with `missing_parts`, at most 100,
    and `missing_count`), `upload_lost` or `upload_not_open`, 422 `upload_size_mismatch` (the upload
    is deleted).
    """
    progress = find_parts(ports, get_upload(ports, upload_id, user_id=user_id))
    upload = progress.upload
    if upload.status in _FINISHED:
        return upload
    if upload.status != "open" or upload.s3_upload_id is None:
        raise refuse_closed(upload)
    _check_parts(ports, upload, progress.parts)
    try:
        ports.store.complete_multipart(upload.s3_key, upload_id=upload.s3_upload_id, parts=progress.parts)
    except UploadLost:  # another request completed or aborted it meanwhile, or the store lost it
        upload = settle_lost(ports, upload)
        if upload.status in _FINISHED:
            return upload
        raise refuse_closed(upload) from None
    return _save_completed(ports, upload)


def _check_parts(ports: UploadPorts, upload: Upload, parts: list[StoredPart]) -> None:
    plan = plan_parts(upload.size_bytes)
    missing = plan.find_missing(part.part_number for part in parts)
    if missing:
        raise Problem(
            Code.parts_missing,
            missing_count=len(missing),
            part_count=plan.part_count,
            extra={"missing_parts": missing[:_SHOWN_PARTS], "missing_count": len(missing)},
        )
    if sum(part.size_bytes for part in parts) != upload.size_bytes:
        free_upload(ports, upload)
        raise Problem(Code.upload_size_mismatch)


def _save_completed(ports: UploadPorts, upload: Upload) -> Upload:
    completed = replace(upload, status="completed", completed_at=ports.clock())
    with ports.database.begin() as tx:
        now = tx.uploads.find_upload(upload.id, user_id=upload.user_id, for_update=True)
        if now is None or now.status != "open":  # deleted while the store joined it
            if now is not None and now.status in _FINISHED:
                return now
            raise refuse_closed(now or upload)
        tx.uploads.save_upload(completed)
    return completed
