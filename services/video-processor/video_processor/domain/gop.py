"""The time grid that all renditions share: frame rate, groups of pictures, segments.

Every rendition of a job has its key frames at the same moments, so that a player can change size at any
segment. Times are seconds, rates Fractions.
"""

import math
from fractions import Fraction
from typing import Final

from videoforge_media.probe import Probe

#: Short enough to start and seek fast, long enough to compress: below 2 s the bits rise by a tenth.
GOP_SECONDS: Final = 2
#: Apple's recommended target ("HTTP Live Streaming Authoring Specification", 7.5); three GOPs
SEGMENT_SECONDS: Final = 6
#: No rung's bitrate is meant for more, and few displays show more.
MAX_FRAME_RATE: Final = Fraction(60)

#: the rates of cameras and screens, for sources whose own rate is uneven
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


def choose_frame_rate(probe: Probe) -> Fraction:
    """Return the frame rate of all renditions.

    An even source keeps its rate, or a whole part of it above 60. An uneven one (phones, screen captures)
    is put on the next standard rate at or above its average, so that frames are repeated, not dropped.
    """
    rate = probe.frame_rate
    if probe.is_variable_frame_rate:
        at_least = rate * Fraction(99, 100)  # a phone's "30" averages 29.9
        return next((standard for standard in _STANDARD_RATES if standard >= at_least), MAX_FRAME_RATE)
    return rate / math.ceil(rate / MAX_FRAME_RATE)


def count_gop_frames(frame_rate: Fraction) -> int:
    """Return the most frames that a GOP may have; at 29.97 it has 60 or 59, since the grid is in seconds."""
    return math.ceil(GOP_SECONDS * frame_rate)


def format_rate(rate: Fraction) -> str:
    """Return the text that ffmpeg and the wire know, such as "30000/1001"."""
    return f"{rate.numerator}/{rate.denominator}"
