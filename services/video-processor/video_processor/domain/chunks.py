"""How a job's timeline is cut into the ranges that single processors encode.

A chunk is a whole number of segments on the frame grid (gop.py), so that the segments of all chunks
form one unbroken sequence; the last chunk goes on to the end. The first two chunks are short, so
that a video can be played soon. A short video, below 42 s with chunks of 24 s, is one chunk:
several would cost more than they gain.
"""

import itertools
import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from video_processor.domain.gop import SEGMENT_SECONDS, count_segment_frames
from videoforge.messages import Chunk

#: segments of the first chunks: 6 and 12 seconds
_FIRST_SEGMENTS: Final = (1, 2)
#: of a film of 12 h; each chunk is a task, a row and a few calls
_MAX_CHUNKS: Final = 400


def plan_whole(duration_seconds: float) -> list[Chunk]:
    """Return the whole video as one chunk."""
    return [Chunk(index=0, start_seconds=0, duration_seconds=duration_seconds, first_segment=0)]


def plan_chunks(duration_seconds: float, *, frame_rate: Fraction, chunk_seconds: int) -> list[Chunk]:
    """Return the chunks in order, one for a video with no room for the short ones and a full one.
    `chunk_seconds` is rounded to whole segments, at least one.

    The last one is between half as long and one and a half times as long as the others, so that a
    video that ends a little earlier than announced never has an empty one.
    """
    segment_seconds = count_segment_frames(frame_rate) / frame_rate
    segments = math.ceil(duration_seconds / segment_seconds)
    full = max(1, round(chunk_seconds / SEGMENT_SECONDS), math.ceil(segments / _MAX_CHUNKS))
    shortest = sum(itertools.islice(_list_lengths(full), len(_FIRST_SEGMENTS) + 1))
    if duration_seconds < float(shortest * segment_seconds):
        return plan_whole(duration_seconds)
    starts = [0]
    for length in _list_lengths(full):
        end = starts[-1] + length
        if duration_seconds - float(end * segment_seconds) < float(full * segment_seconds) / 2:
            break
        starts.append(end)
    seconds = [*(float(start * segment_seconds) for start in starts), duration_seconds]
    return [
        Chunk(index=index, start_seconds=start, duration_seconds=end - start, first_segment=starts[index])
        for index, (start, end) in enumerate(itertools.pairwise(seconds))
    ]


def _list_lengths(full: int) -> Iterator[int]:
    """Yield the number of segments of each chunk, without end."""
    yield from (min(length, full) for length in _FIRST_SEGMENTS)
    yield from itertools.repeat(full)
