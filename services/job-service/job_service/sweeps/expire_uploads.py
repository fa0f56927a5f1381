"""Sweep: expire uploads that were not finished or not confirmed in time."""

from typing import Final

from job_service.set_aside.one_by_one import sweep_each
from job_service.uploads.end_upload import free_upload
from job_service.uploads.ports import UploadPorts
from job_service.uploads.upload import Upload
from videoforge.logs import get_logger
from videoforge.problems import Problem

_BATCH: Final = 50

_log = get_logger("S3")


def expire_uploads(ports: UploadPorts) -> int:
    """Return how many were expired. If the store is down, the upload stays open, or the intent to
    remove its object does."""
    with ports.database.begin() as tx:
        stale = tx.uploads.list_stale(now=ports.clock(), limit=_BATCH)
    return sweep_each(
        ports.database,
        "upload",
        stale,
        find_id=lambda upload: upload.id,
        sweep=lambda upload: _expire(ports, upload),
    )


def _expire(ports: UploadPorts, upload: Upload) -> int:
    try:
        free_upload(ports, upload, status="expired")
    except Problem as problem:
        _log.warning("expired upload is still in the store", upload_id=upload.id, error=problem.code)
    else:
        _log.info("upload expired", upload_id=upload.id, status_before=upload.status)
    return 1
