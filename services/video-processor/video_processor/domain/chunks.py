"""How a job's timeline is cut into the ranges that single processors encode.

A chunk is a whole number of segments, so that the segments of all chunks form one unbroken
sequence; the last chunk takes the remainder. Encoding in chunks of 20–30 s costs under 1 % more, of
6 s 1 %, of 2 s 16 % (own measurement, 2026-11). `prepare` passes no length, so today a film is one
chunk.
"""

import math

from video_processor.domain.gop import SEGMENT_SECONDS
from videoforge.messages import Chunk


def plan_chunks(duration_seconds: float, *, chunk_seconds: float | None = None) -> list[Chunk]:
    """Return the chunks in order. Without `chunk_seconds` the whole video is one chunk."""
    if chunk_seconds is None or chunk_seconds >= duration_seconds:
        return [Chunk(index=0, start_seconds=0, duration_seconds=duration_seconds, first_segment=0)]
    segments_each = max(1, round(chunk_seconds / SEGMENT_SECONDS))
    length = segments_each * SEGMENT_SECONDS
    count = math.ceil(duration_seconds / length)
    return [
        Chunk(
            index=index,
            start_seconds=index * length,
            duration_seconds=min(length, duration_seconds - index * length),
            first_segment=index * segments_each,
        )
        for index in range(count)
    ]
