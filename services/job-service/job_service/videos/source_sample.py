"""Which byte ranges of a source are fetched to inspect it. Sizes are in bytes.

A small file is fetched whole. Of a large one, both ends are enough: an MP4's index is at its start
or its end (64 MiB hold that of a six-hour film), MPEG-TS shows its duration in its last packets,
and Matroska has its header and cues there. The middle stays a hole in a sparse file of the full
size; hole_cover.py lets readers skip it.
"""

from typing import Final

from job_service.uploads.parts import MIB
from videoforge_media.byte_ranges import ByteRange

WHOLE_BYTES: Final = 256 * MIB
HEAD_BYTES: Final = 64 * MIB
TAIL_BYTES: Final = 64 * MIB


def plan_sample(size_bytes: int) -> list[ByteRange]:
    """Return the ranges in order; they do not overlap."""
    if size_bytes <= WHOLE_BYTES:
        return [ByteRange(first=0, length=size_bytes)]
    return [
        ByteRange(first=0, length=HEAD_BYTES),
        ByteRange(first=size_bytes - TAIL_BYTES, length=TAIL_BYTES),
    ]
