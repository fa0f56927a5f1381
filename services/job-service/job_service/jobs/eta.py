"""How long a job still takes, by the measured speed of all processors that encode it now.

The chunks that wait are dealt out in their order to whichever processor is free first, each at its
measured speed: so the estimate includes the end, when fewer chunks are left than processors. What
follows the encodes is done by one processor, and is assumed to take as long as encoding of the same
weight. Seconds; speeds are source seconds per second.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

#: How far the speed of what is left may be from what was measured: films have easy and hard parts.
_SPREAD: Final = 0.1


@dataclass(frozen=True, kw_only=True)
class RunningChunk:
    """`left_seconds` of it are not encoded yet; `speed` is None before its first report."""

    left_seconds: float
    speed: float | None


@dataclass(frozen=True, kw_only=True)
class Estimate:
    seconds: float
    low_seconds: float
    high_seconds: float


def estimate_end(
    running: Sequence[RunningChunk], *, waiting_seconds: Sequence[float], after_seconds: float
) -> Estimate | None:
    """Return when the job ends, or None while no speed is known. `waiting_seconds` are the
    durations of the chunks that wait, `after_seconds` the source seconds that weigh as much as
    everything after the encodes.

    The low end shares the work out evenly, the high end has every processor go at the slowest
    one's speed; both allow for parts that are easier or harder.
    """
    known = [chunk.speed for chunk in running if chunk.speed and chunk.speed > 0]
    if not known:
        return None
    mean, slowest = sum(known) / len(known), min(known)
    speeds = [chunk.speed if chunk.speed and chunk.speed > 0 else mean for chunk in running]
    left = [chunk.left_seconds for chunk in running]
    after = after_seconds / mean
    likely = _deal_out(left, waiting_seconds, speeds=speeds)
    even = (sum(left) + sum(waiting_seconds)) / sum(speeds)
    slow = _deal_out(left, waiting_seconds, speeds=[slowest] * len(speeds))
    return Estimate(
        seconds=round(likely + after, 1),
        low_seconds=round((even + after) * (1 - _SPREAD), 1),
        high_seconds=round((max(slow, likely) + after) * (1 + _SPREAD), 1),
    )


def _deal_out(left: Sequence[float], waiting: Sequence[float], *, speeds: Sequence[float]) -> float:
    """Return when the last chunk is done."""
    free = [(seconds / speed, speed) for seconds, speed in zip(left, speeds, strict=True)]
    heapq.heapify(free)
    for seconds in waiting:
        free_at, speed = free[0]
        heapq.heapreplace(free, (free_at + seconds / speed, speed))
    return max(free)[0]
