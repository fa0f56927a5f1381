"""Whether the frame rate is constant if a header gives two figures for it, one twice the other.

Interlaced sources that count single fields do so, and so does a film of 25 fps whose times fit 50.
But a screen capture of 60 fps with pauses may average 30 too, and on a grid of 30 half of its
fastest motion would be lost. The times of the first pictures tell the difference: they are where
the grid was found. An MP4 has the intervals between all its pictures in a table, which also covers
what comes later, at no cost.
"""

import struct
from collections import Counter
from collections.abc import Iterable, Mapping
from fractions import Fraction
from itertools import islice, pairwise
from typing import Any, BinaryIO, Final

from videoforge_media.boxes import find_boxes, list_tracks
from videoforge_media.probe_fields import INTERLACED_ORDERS, is_twice, read_average_rate, read_grid_rate

#: more than FFmpeg reads to determine the grid
STEPS_PACKETS: Final = 1000
#: a few are a splice or a wrong time stamp
_MIN_SHARE: Final = 0.02
#: of all pictures, for a grid that the beginning did not show: jittering times have some such
#: intervals
_MIN_LATER_SHARE: Final = 0.1
#: a full box's version and flags, and the number of entries; then up to a million intervals
_TABLE_HEAD_BYTES: Final = 8
_MAX_TABLE_BYTES: Final = 8 << 20

#: how often each interval between pictures occurs, in seconds
Steps = Mapping[float, int]


def needs_steps(stream: Mapping[str, Any]) -> bool:
    """Return whether the frame rate depends on the intervals between pictures."""
    grid, average = read_grid_rate(stream), read_average_rate(stream)
    return bool(grid and average and is_twice(grid, average) and not _is_interlaced(stream))


def _is_interlaced(stream: Mapping[str, Any]) -> bool:
    return stream.get("field_order") in INTERLACED_ORDERS


def count_steps(times: Iterable[float]) -> Steps:
    """Return the intervals between pictures shown at these seconds, given in any order."""
    return Counter(later - earlier for earlier, later in pairwise(sorted(times)))


def read_table_steps(file: BinaryIO, *, ordinal: int, size_bytes: int) -> Steps:
    """Return the intervals of an MP4's picture track with this number (ISO/IEC 14496-12, 8.6.1.2);
    none for fragments."""
    steps: Counter[float] = Counter()
    tracks = list_tracks(file, handler=b"vide", size_bytes=size_bytes)
    for track in islice(tracks, ordinal, ordinal + 1):
        place = {"first": track.body_at, "end": track.end}
        headers = find_boxes(file, (b"mdia", b"mdhd"), **place)
        head = next((box.read(file, 24) for box in headers), b"")
        ticks = int.from_bytes(head[20:24] if head[:1] == b"\1" else head[12:16], "big")
        for table in find_boxes(file, (b"mdia", b"minf", b"stbl", b"stts"), **place) if ticks else ():
            entries = table.read(file, _MAX_TABLE_BYTES, at=_TABLE_HEAD_BYTES)
            for count, step in struct.iter_unpack(">II", entries[: len(entries) // 8 * 8]):
                steps[step / ticks] += count
    return steps


def has_single_steps(steps: Steps, *, grid: Fraction, min_share: float = _MIN_SHARE) -> bool:
    """Return whether some pictures are one grid interval apart."""
    single = sum(count for step, count in steps.items() if 0.5 / grid < step < 1.5 / grid)
    return single > sum(steps.values()) * min_share


def refine_grid(stream: Mapping[str, Any], steps: Steps) -> Mapping[str, Any]:
    """Return ffprobe's object of the picture with the grid doubled if pictures after those that
    ffprobe reads are half as far apart."""
    grid = read_grid_rate(stream)
    if grid is None or _is_interlaced(stream):
        return stream
    if not has_single_steps(steps, grid=2 * grid, min_share=_MIN_LATER_SHARE):
        return stream
    return {**stream, "r_frame_rate": f"{2 * grid.numerator}/{grid.denominator}"}
