"""Whether pictures come evenly where a header gives two figures for it, one twice the other.

Fields that are counted one by one say so, and so does a film of 25 fps whose times fit 50. But a screen
capture of 60 fps with pauses may come to 30 on average too, and on a grid of 30 half of what moved fast
would go. The first pictures' times tell: they are where the grid was found.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Any, Final

from videoforge_media.probe_fields import INTERLACED_ORDERS, is_twice, read_average_rate, read_grid_rate

#: more than FFmpeg reads to find the grid
STEPS_PACKETS: Final = 1000
#: a few are a joint or a time that was written wrong
_MIN_SHARE: Final = 0.02


def needs_steps(stream: Mapping[str, Any]) -> bool:
    """Return whether the frame rate hangs on the steps between pictures."""
    grid, average = read_grid_rate(stream), read_average_rate(stream)
    is_interlaced = stream.get("field_order") in INTERLACED_ORDERS
    return bool(grid and average and is_twice(grid, average) and not is_interlaced)


def has_single_steps(times: Iterable[float], *, grid: Fraction) -> bool:
    """Return whether some pictures follow each other at the grid's own distance, in seconds, in any order."""
    steps = [later - earlier for earlier, later in pairwise(sorted(times))]
    single = sum(0.5 / grid < step < 1.5 / grid for step in steps)
    return single > len(steps) * _MIN_SHARE
