"""Say what is in an uploaded file, without making a video of it."""

from typing import Any

from job_service.videos.inspect_source import check_arrived, get_own_upload, inspect_source
from job_service.videos.ports import VideoPorts


def extract_metadata(ports: VideoPorts, s3_key: str, *, user_id: str) -> dict[str, Any]:
    """Return the probe's JSON, with warnings of what no rendition will have; of a confirmed upload as it was
    measured then.

    Raises Problem 404 `upload_not_found`, 409 where the file has not arrived, 422 where it is no video.
    """
    upload = get_own_upload(ports, s3_key, user_id=user_id)
    if upload.status == "confirmed":
        with ports.database.begin() as tx:
            detail = tx.assets.find_source_detail(s3_key)
        if detail is not None:
            return detail
    check_arrived(upload)
    with inspect_source(ports, upload) as source:
        return source.describe()
