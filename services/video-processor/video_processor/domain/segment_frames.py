"""Which frames of the whole video a segment has, read from its own index, and whether they are the
ones it must have.

FFmpeg does not fail if a seek ends too late: what follows is encoded as if nothing were missing. So
each segment is checked before it is stored.
"""

import struct
from fractions import Fraction
from typing import Final

from video_processor.domain.encode_job import CLOCK_BASE_SECONDS, EncodeJob
from video_processor.domain.gop import count_segment_frames

#: the index precedes the fragment
HEAD_BYTES: Final = 256


def read_segment_frames(head: bytes, *, frame_rate: Fraction) -> range:
    """Return the numbers of a segment's frames on the grid of the whole video, from its first
    HEAD_BYTES: the segment index states when the first frame is shown and how long they last
    (ISO/IEC 14496-12, 8.16.3). Raises ValueError if there is none."""
    ticks, shown_at, lasts = _read_index(head)
    first = round((Fraction(shown_at, ticks) - CLOCK_BASE_SECONDS) * frame_rate)
    return range(first, first + round(Fraction(lasts, ticks) * frame_rate))


def _read_index(head: bytes) -> tuple[int, int, int]:
    """Return the ticks of a second, when the segment begins, and how long it lasts, in ticks."""
    start = head.find(b"sidx") + 4
    if start < 4:
        raise ValueError("the segment has no index")
    try:
        times = ">QQ" if head[start] else ">II"  # by the box's version
        (ticks,) = struct.unpack_from(">I", head, start + 8)
        shown_at, _ = struct.unpack_from(times, head, start + 12)
        (lasts,) = struct.unpack_from(">I", head, start + 12 + struct.calcsize(times) + 8)
    except (IndexError, struct.error) as error:
        raise ValueError("the segment's index cannot be read") from error
    if not ticks:
        raise ValueError("the segment's index has no clock")
    return ticks, shown_at, lasts


def read_segment_seconds(head: bytes) -> float:
    """Return how long a segment of picture or sound lasts: to the microsecond, which is what
    ffmpeg's playlist says. Raises ValueError."""
    ticks, _, lasts = _read_index(head)
    return round(lasts / ticks, 6)


def is_empty(head: bytes) -> bool:
    """Return whether a segment has no frames: FFmpeg writes one if there is nothing to encode."""
    return b"moof" not in head


def find_fault(head: bytes, *, job: EncodeJob, index: int) -> str | None:
    """Return what is wrong with the segment that has this number in the whole video, None if it is
    right.

    Its first frame must always be the right one. It must also be full, unless the source ends in
    it: after a seek, that is only believed of the last chunk.
    """
    size = count_segment_frames(job.frame_rate)
    expected = range(index * size, (index + 1) * size)
    try:
        found = read_segment_frames(head, frame_rate=job.frame_rate)
    except ValueError as error:
        return f"{error} (segment {index})"
    may_end = job.is_last or not job.seek_seconds
    if found.start == expected.start and (
        found.stop == expected.stop or (may_end and found.stop < expected.stop)
    ):
        return None
    shown, wanted = (f"{frames.start} to {frames.stop}" for frames in (found, expected))
    return f"segment {index} has the frames {shown}, not {wanted}"
