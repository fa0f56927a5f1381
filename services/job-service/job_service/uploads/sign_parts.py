"""Sign a batch of parts of an upload that is under way."""

from collections.abc import Sequence
from dataclasses import dataclass

from job_service.uploads.find_parts import get_upload
from job_service.uploads.parts import plan_parts
from job_service.uploads.ports import UploadPorts
from job_service.uploads.upload import Upload
from videoforge.problems import Code, Problem


@dataclass(frozen=True, kw_only=True)
class SignedPart:
    part_number: int
    url: str


def sign_parts(
    ports: UploadPorts, upload_id: str, *, user_id: str, part_numbers: Sequence[int]
) -> list[SignedPart]:
    """Return a URL for each part, in the order asked for. The store is not asked.

    Raises Problem 404 `upload_not_found`, 409 `upload_not_open`, 422 `part_not_planned`.
    """
    upload = get_upload(ports, upload_id, user_id=user_id)
    if upload.s3_upload_id is None or upload.part_count is None or upload.status != "open":
        raise refuse_closed(upload)
    wrong = [number for number in part_numbers if not 1 <= number <= upload.part_count]
    if wrong:
        raise Problem(Code.part_not_planned, part_count=upload.part_count, part_number=wrong[0])
    plan = plan_parts(upload.size_bytes)
    return [
        SignedPart(
            part_number=number,
            url=ports.store.sign_part(
                upload.s3_key,
                upload_id=upload.s3_upload_id,
                part_number=number,
                size_bytes=plan.get_part_bytes(number),
                seconds=ports.limits.url_seconds,
            ),
        )
        for number in part_numbers
    ]


def refuse_closed(upload: Upload) -> Problem:
    """Return the 409 of an upload that takes no more parts, with its status in the answer."""
    if upload.status == "lost":
        return Problem(Code.upload_lost, extra={"upload_status": upload.status})
    what = "goes up in one piece" if upload.method == "single" else f"is {upload.status}"
    return Problem(Code.upload_not_open, fault=what, extra={"upload_status": upload.status})
