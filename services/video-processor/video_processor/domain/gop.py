"""The frame grid that all renditions share: frame rate, groups of pictures, segments.

Frame n is shown at n / rate seconds. A group of pictures is a whole number of frames and a segment
a whole number of groups, so that every rendition has its key frames at the same times, and a chunk
that starts with a segment has them where the whole video would. At 29.97 frames a second a group
therefore lasts 2.002 s and a segment 6.006 s. Times are seconds, rates Fractions.
"""

import math
from fractions import Fraction
from typing import Final

from video_processor.domain.still import find_held_seconds
from videoforge_media.probe import Probe

#: Short enough for fast starts and seeks, long enough to compress well: below 2 s the bitrate rises
#: by a tenth.
GOP_SECONDS: Final = 2
#: Apple's recommended target ("HTTP Live Streaming Authoring Specification", 7.5); three GOPs
SEGMENT_SECONDS: Final = 6
#: No rung's bitrate is meant for more, and few displays show more.
MAX_FRAME_RATE: Final = Fraction(60)

#: the rates of cameras and screens, for sources with a variable frame rate
_STANDARD_RATES: Final = (
    Fraction(24000, 1001),
    Fraction(24),
    Fraction(25),
    Fraction(30000, 1001),
    Fraction(30),
    Fraction(50),
    Fraction(60000, 1001),
    Fraction(60),
)
#: Broadcast rates, never chosen for a variable rate: an average of 40 is a phone's or a screen's 60
#: with frames left out, and on a grid of 50 a fifth of its closest frames would be lost.
_BROADCAST_RATES: Final = (Fraction(25), Fraction(50))
#: how far an average may be from the standard rate that was meant
_NEARLY: Final = Fraction(3, 100)
#: how far it may be above a grid; only few frames then share a slot of the grid
_ABOVE_GRID: Final = Fraction(1, 10)
#: the lowest rate worth an even step; below it, every frame that fits is kept instead
_MIN_WHOLE_PART: Final = Fraction(48)


#: for a still picture, whose own rate is that of a single frame
_STILL_RATE: Final = Fraction(25)


def choose_frame_rate(probe: Probe) -> Fraction:
    """Return the frame rate of all renditions, 60 at most.

    A constant rate is kept. A rate above 60 is divided by a whole number (120 to 60, 100 to 50) if
    the result is 48 or more, and otherwise reduced to 60 by dropping frames: halving 75 would lose
    half of what it shows.
    """
    rate = probe.frame_rate
    if find_held_seconds(probe) and rate > _STILL_RATE:
        return _STILL_RATE
    if probe.is_variable_frame_rate:
        return _choose_uneven(rate, grid=probe.grid_rate)
    part = rate / math.ceil(rate / MAX_FRAME_RATE)
    return part if part == rate or part >= _MIN_WHOLE_PART else MAX_FRAME_RATE


def _choose_uneven(average: Fraction, *, grid: Fraction | None) -> Fraction:
    """Return the grid of a phone or screen capture that left frames out, if it can be kept;
    otherwise the standard rate closest to the average, or if none is close the next higher one, so
    that frames are repeated rather than dropped."""
    if grid and grid <= MAX_FRAME_RATE and average <= grid * (1 + _ABOVE_GRID):
        return grid
    nearest = min(_STANDARD_RATES, key=lambda standard: abs(standard - average))
    if abs(nearest / average - 1) <= _NEARLY:
        return nearest
    above = (rate for rate in _STANDARD_RATES if rate > average and rate not in _BROADCAST_RATES)
    return next(above, MAX_FRAME_RATE)


def count_gop_frames(frame_rate: Fraction) -> int:
    """Return the number of frames in a GOP, which lasts as close to GOP_SECONDS as whole frames
    allow."""
    return max(1, round(GOP_SECONDS * frame_rate))


def count_segment_frames(frame_rate: Fraction) -> int:
    """Return the number of frames in a segment, a whole number of GOPs."""
    gop = count_gop_frames(frame_rate)
    return gop * max(1, round(SEGMENT_SECONDS * frame_rate / gop))


def format_rate(rate: Fraction) -> str:
    """Return the text used by ffmpeg and the messages, such as "30000/1001"."""
    return f"{rate.numerator}/{rate.denominator}"
