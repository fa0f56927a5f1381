"""Whether pictures come evenly where a header gives two figures for it, one twice the other.

Fields that are counted one by one say so, and so does a film of 25 fps whose times fit 50. But a screen
capture of 60 fps with pauses may come to 30 on average too, and on a grid of 30 half of what moved fast
would go. The first pictures' times tell: they are where the grid was found. An MP4 has the steps between all
its pictures in a table, which tells too what comes later, and costs nothing.
"""

import struct
from collections import Counter
from collections.abc import Iterable, Mapping
from fractions import Fraction
from itertools import islice, pairwise
from typing import Any, BinaryIO, Final

from videoforge_media.boxes import find_boxes, list_tracks
from videoforge_media.probe_fields import INTERLACED_ORDERS, is_twice, read_average_rate, read_grid_rate

#: more than FFmpeg reads to find the grid
STEPS_PACKETS: Final = 1000
#: a few are a joint or a time that was written wrong
_MIN_SHARE: Final = 0.02
#: of all pictures, for a grid that nothing at the beginning told of: times that waver have some such steps
_MIN_LATER_SHARE: Final = 0.1
#: a full box's version and flags, and the number of entries; then a million steps that differ
_TABLE_HEAD_BYTES: Final = 8
_MAX_TABLE_BYTES: Final = 8 << 20

#: how often pictures follow each other at this distance, in seconds
Steps = Mapping[float, int]


def needs_steps(stream: Mapping[str, Any]) -> bool:
    """Return whether the frame rate hangs on the steps between pictures."""
    grid, average = read_grid_rate(stream), read_average_rate(stream)
    return bool(grid and average and is_twice(grid, average) and not _is_interlaced(stream))


def _is_interlaced(stream: Mapping[str, Any]) -> bool:
    return stream.get("field_order") in INTERLACED_ORDERS


def count_steps(times: Iterable[float]) -> Steps:
    """Return the steps between pictures that are shown at these seconds, in any order."""
    return Counter(later - earlier for earlier, later in pairwise(sorted(times)))


def read_table_steps(file: BinaryIO, *, ordinal: int, size_bytes: int) -> Steps:
    """Return the steps of an MP4's picture track of this number (ISO/IEC 14496-12, 8.6.1.2); none of one in
    fragments."""
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
    """Return whether some pictures follow each other at the grid's own distance."""
    single = sum(count for step, count in steps.items() if 0.5 / grid < step < 1.5 / grid)
    return single > sum(steps.values()) * min_share


def refine_grid(stream: Mapping[str, Any], steps: Steps) -> Mapping[str, Any]:
    """Return ffprobe's object of the picture with twice the grid, where pictures that come after those that
    ffprobe reads are half as far from each other."""
    grid = read_grid_rate(stream)
    if grid is None or _is_interlaced(stream):
        return stream
    if not has_single_steps(steps, grid=2 * grid, min_share=_MIN_LATER_SHARE):
        return stream
    return {**stream, "r_frame_rate": f"{2 * grid.numerator}/{grid.denominator}"}
