"""Parts of a multipart upload: how a file is split, which parts have arrived, and their signed
URLs. Sizes are in bytes.

S3's limits ("Amazon S3 multipart upload limits"): objects up to 5 TiB, parts of 5 MiB to 5 GiB
except the last, at most 10,000 of them. Listing the parts also reveals that an upload was lost or
is complete.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from job_service.platform.object_store import StoredPart, UploadLost
from job_service.uploads.ports import UploadPorts
from job_service.uploads.upload import Upload
from videoforge.problems import Code, Problem

MIB: Final = 1024**2
GIB: Final = 1024**3

MAX_OBJECT_BYTES: Final = 5 * 1024 * GIB
MAX_SINGLE_PUT_BYTES: Final = 5 * GIB
MAX_PARTS: Final = 10_000

#: Small enough that a broken connection costs little and that the local store, which keeps
#: out-of-order parts in memory, can hold four of them easily; large enough that signing is no load.
USUAL_PART_BYTES: Final = 8 * MIB


@dataclass(frozen=True, kw_only=True)
class PartPlan:
    """All parts have `part_size_bytes` except the last, which has the remainder."""

    size_bytes: int
    part_size_bytes: int
    part_count: int

    def get_part_bytes(self, part_number: int) -> int:
        """Return the size of a part, numbered from 1."""
        if not 1 <= part_number <= self.part_count:
            raise ValueError(f"there is no part {part_number} of {self.part_count}")
        if part_number < self.part_count:
            return self.part_size_bytes
        return self.size_bytes - self.part_size_bytes * (self.part_count - 1)

    def find_missing(self, present: Iterable[int]) -> list[int]:
        """Return the numbers of the missing parts, in order."""
        return sorted(set(range(1, self.part_count + 1)) - set(present))


def plan_parts(size_bytes: int) -> PartPlan:
    """Return the plan of a file: parts of 8 MiB, or of more whole MiB if 10,000 of them are not
    enough."""
    if not 0 < size_bytes <= MAX_OBJECT_BYTES:
        raise ValueError(f"a file of {size_bytes} bytes cannot be one object")
    part_size = USUAL_PART_BYTES
    if size_bytes > part_size * MAX_PARTS:
        part_size = -(-size_bytes // (MAX_PARTS * MIB)) * MIB
    return PartPlan(size_bytes=size_bytes, part_size_bytes=part_size, part_count=-(-size_bytes // part_size))


@dataclass(frozen=True, kw_only=True)
class UploadProgress:
    upload: Upload
    parts: list[StoredPart]


def get_upload(ports: UploadPorts, upload_id: str, *, user_id: str) -> Upload:
    """Raises Problem 404 `upload_not_found`, also for another user's upload."""
    with ports.database.begin() as tx:
        upload = tx.uploads.find_upload(upload_id, user_id=user_id)
    if upload is None:
        raise Problem(Code.upload_not_found)
    return upload


def find_parts(ports: UploadPorts, upload: Upload) -> UploadProgress:
    """Return the upload's current state with its parts. An open upload that the store no longer
    knows becomes `completed` if the whole object exists (a complete whose answer was lost),
    otherwise `lost`."""
    if upload.method == "single" or upload.status != "open":
        return UploadProgress(upload=upload, parts=[])
    if upload.s3_upload_id is not None:
        try:
            parts = ports.store.list_parts(upload.s3_key, upload_id=upload.s3_upload_id)
            return UploadProgress(upload=upload, parts=parts)
        except UploadLost:
            pass
    return UploadProgress(upload=settle_lost(ports, upload), parts=[])


def settle_lost(ports: UploadPorts, upload: Upload) -> Upload:
    """Save the outcome of an upload that the store no longer knows, unless another request already
    has."""
    head = ports.store.find_object(upload.s3_key)
    if head is not None and head.size_bytes == upload.size_bytes:
        settled = replace(upload, status="completed", completed_at=ports.clock())
    else:
        settled = replace(upload, status="lost")
    with ports.database.begin() as tx:
        now = tx.uploads.find_upload(upload.id, user_id=upload.user_id, for_update=True)
        if now is None or now.status != "open":
            return now or settled
        tx.uploads.save_upload(settled)
    return settled


@dataclass(frozen=True, kw_only=True)
class SignedPart:
    part_number: int
    url: str


def sign_parts(
    ports: UploadPorts, upload_id: str, *, user_id: str, part_numbers: Sequence[int]
) -> list[SignedPart]:
    """Return a URL for each part, in the requested order. Does not call the store.

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
    """Return the 409 for an upload that accepts no more parts, with its status in the answer."""
    if upload.status == "lost":
        return Problem(Code.upload_lost, extra={"upload_status": upload.status})
    what = "uses a single request" if upload.method == "single" else f"is {upload.status}"
    return Problem(Code.upload_not_open, fault=what, extra={"upload_status": upload.status})
