"""Inspect an uploaded file: the object is pinned, fetched as far as needed and probed in a scratch
folder.

ffprobe gets a file and never a URL, because with a playlist at the URL it would fetch whatever the
playlist names.
"""

import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from job_service.platform.object_store import ObjectChanged, ObjectHead, ObjectMissing
from job_service.uploads.parts import refuse_closed
from job_service.uploads.upload import Upload
from job_service.videos.hole_cover import plan_cover
from job_service.videos.ports import VideoPorts
from job_service.videos.source_sample import plan_sample
from videoforge.problems import Code, Problem
from videoforge_media.byte_ranges import ByteRange, count_bytes
from videoforge_media.errors import MediaRejected
from videoforge_media.losses import find_losses
from videoforge_media.probe import Probe


@dataclass(frozen=True, kw_only=True)
class InspectedSource:
    """`path` is in a scratch folder that is removed after the block; the file has a hole unless
    `is_whole`."""

    head: ObjectHead
    probe: Probe
    path: Path
    is_whole: bool

    def describe(self) -> dict[str, Any]:
        """Return the answer of `POST /api/metadata/extract`."""
        lost = [asdict(loss) for loss in find_losses(self.probe)]
        return {**self.probe.to_dict(), "warnings": lost}


class UploadRefused(Problem):
    """The uploaded bytes cannot become a video; retrying with them does not help."""


def get_own_upload(ports: VideoPorts, s3_key: str, *, user_id: str) -> Upload:
    """Raises Problem 404 `upload_not_found`, the same for another user's key as for an unknown
    one."""
    with ports.database.begin() as tx:
        upload = tx.uploads.find_by_key(s3_key, user_id=user_id)
    if upload is None:
        raise Problem(Code.upload_not_found)
    return upload


def check_arrived(upload: Upload) -> None:
    """Raise Problem 409 unless the upload's object may be read."""
    if upload.status == "open" and upload.method == "multipart":
        raise Problem(Code.upload_not_completed)
    if upload.status not in {"open", "completed"}:
        raise refuse_closed(upload)


@contextmanager
def inspect_source(ports: VideoPorts, upload: Upload) -> Iterator[InspectedSource]:
    """Raises Problem 409 `object_missing` or `object_changed`, 503 `scratch_unavailable`;
    UploadRefused 422 `upload_size_mismatch` or the code of MediaRejected."""
    head = pin_object(ports, upload)
    ranges = plan_sample(head.size_bytes)
    with ports.scratch.open(needed_bytes=count_bytes(ranges)) as folder:
        path = folder / "source"
        path.touch(mode=0o600)
        with path.open("r+b") as file:
            file.truncate(head.size_bytes)
        try:
            for part in ranges:
                ports.store.download_range(
                    upload.s3_key, etag=head.etag, first=part.first, length=part.length, path=path
                )
            cover_hole(path, ranges)
            is_whole = count_bytes(ranges) == head.size_bytes
            probe = ports.inspector.probe(path, is_whole=is_whole)
        except (ObjectMissing, ObjectChanged) as error:
            raise Problem(Code.object_changed) from error
        except MediaRejected as error:
            raise UploadRefused(Code[error.code], detail=error.detail, hint=error.hint) from error
        yield InspectedSource(head=head, probe=probe, path=path, is_whole=is_whole)


def cover_hole(path: Path, ranges: list[ByteRange]) -> None:
    """Let a reader skip what was not fetched. The file is memory-mapped, not read into memory,
    because there may be as many inspections as threads."""
    if len(ranges) < 2:
        return
    with path.open("r+b") as file:
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            patches = plan_cover(content, head=ranges[0], tail=ranges[-1])
        for patch in patches:
            file.seek(patch.first)
            file.write(patch.content)


def pin_object(ports: VideoPorts, upload: Upload) -> ObjectHead:
    """Return the object's head. Raises 409 `object_missing`, UploadRefused
    `upload_size_mismatch`."""
    head = ports.store.find_object(upload.s3_key)
    if head is None:
        raise Problem(Code.object_missing)
    if head.size_bytes != upload.size_bytes:
        raise UploadRefused(Code.upload_size_mismatch)
    return head


def extract_metadata(ports: VideoPorts, s3_key: str, *, user_id: str) -> dict[str, Any]:
    """Return the probe's JSON, with warnings about what no rendition will have; for a confirmed
    upload, as measured at confirm.

    Raises Problem 404 `upload_not_found`, 409 if the file has not arrived, 422 if it is not a
    video.
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
