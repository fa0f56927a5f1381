"""Parses single fields of ffprobe's JSON so that malformed values do no harm.

The values come from the file and are untrusted: each may be missing, "N/A", "0/0" or absurd. A
reader returns a usable value or None.
"""

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final, Literal

from videoforge.problem_codes import Code
from videoforge_media.errors import MediaRejected

Hdr = Literal["hdr10", "hlg", "dolby_vision"]

INTERLACED_ORDERS: Final = {"tt", "bb", "tb", "bt"}
#: pixel aspects outside this range are broken headers, not anamorphic pictures (the widest real one
#: is 2:1)
PIXEL_ASPECT_RANGE: Final = (Fraction(1, 4), Fraction(4))
#: higher rates are a time stamp grid (57600, 90000) and not a frame rate
_MAX_FRAME_RATE: Final = Fraction(1000)
_FALLBACK_FRAME_RATE: Final = Fraction(25)
#: ffprobe's numbers have 64 bits; `isdigit` accepts digits that `int` does not
_DIGITS: Final = re.compile(r"[0-9]{1,20}")


def read_seconds(text: object) -> float | None:
    try:
        value = float(str(text))
    except ValueError:
        return None
    return value if 0 <= value < 1e9 else None


def read_int(text: object) -> int | None:
    seconds = read_seconds(text)
    return int(seconds) if seconds else None


def read_clock(text: object) -> float | None:
    parts = str(text or "").split(":")
    if len(parts) != 3:
        return None
    values = [read_seconds(part) for part in parts]
    if any(value is None for value in values):
        return None
    hours, minutes, seconds = (value or 0.0 for value in values)
    return hours * 3600 + minutes * 60 + seconds


def read_fraction(text: object, *, separator: str) -> Fraction | None:
    top, _, bottom = str(text or "").partition(separator)
    if not _DIGITS.fullmatch(top) or not _DIGITS.fullmatch(bottom) or int(top) == 0 or int(bottom) == 0:
        return None
    return Fraction(int(top), int(bottom))


def read_pixel_aspect(text: object) -> Fraction:
    aspect = read_fraction(text, separator=":")
    low, high = PIXEL_ASPECT_RANGE
    return aspect if aspect and low <= aspect <= high else Fraction(1)


def format_aspect(aspect: Fraction) -> str:
    """Return the text that `read_pixel_aspect` parses."""
    return f"{aspect.numerator}:{aspect.denominator}"


def read_rotation(stream: Mapping[str, Any]) -> tuple[int, bool]:
    """Return the clockwise rotation to upright, and whether the file states an angle that is not a
    multiple of 90°.

    ffprobe's `rotation` counts the other way round, like av_display_rotation_get.
    """
    for side_data in stream.get("side_data_list") or []:
        angle = side_data.get("rotation")
        if isinstance(angle, int | float):
            nearest = round(-angle / 90) * 90
            return (nearest % 360, False) if abs(-angle - nearest) <= 1 else (0, True)
    return 0, False


def find_display_size(width: int, height: int, *, aspect: Fraction, rotation_degrees: int) -> tuple[int, int]:
    shown = (round(width * aspect), height)
    return (shown[1], shown[0]) if rotation_degrees in {90, 270} else shown


def read_frame_rate(stream: Mapping[str, Any], *, has_single_steps: bool = False) -> tuple[Fraction, bool]:
    """Return the frame rate and whether it is variable.

    `r_frame_rate` is the grid that all time stamps fit (57600 in a screen capture),
    `avg_frame_rate` the number of frames divided by the time. If they agree the first is exact; it
    is twice the second in interlaced video, and possibly with a variable rate, which
    `has_single_steps` between frames tells (frame_steps.py).
    """
    grid_rate, average = read_grid_rate(stream), read_average_rate(stream)
    if average is None:
        return grid_rate or _FALLBACK_FRAME_RATE, grid_rate is None
    if grid_rate and abs(grid_rate / average - 1) <= Fraction(1, 100):
        return grid_rate, False
    if grid_rate and is_twice(grid_rate, average) and not has_single_steps:
        return grid_rate / 2, False
    return average.limit_denominator(100_000), True


def read_grid_rate(stream: Mapping[str, Any]) -> Fraction | None:
    """Return the grid that all times fit, None if it is finer than any frame rate."""
    grid = read_fraction(stream.get("r_frame_rate"), separator="/")
    return grid if grid and grid <= _MAX_FRAME_RATE else None


def read_average_rate(stream: Mapping[str, Any]) -> Fraction | None:
    average = read_fraction(stream.get("avg_frame_rate"), separator="/")
    return average if average and average <= _MAX_FRAME_RATE else None


def is_twice(grid: Fraction, average: Fraction) -> bool:
    return abs(grid / average - 2) <= Fraction(2, 100)


def read_pixel_format(stream: Mapping[str, Any]) -> str:
    """Return the decoded pixel format. For transparent VP8 and VP9 ffprobe reports the format
    without alpha; the container's tag tells that there is alpha."""
    stated = str(stream.get("pix_fmt") or "unknown")
    has_tag = read_tag(stream, "alpha_mode") == "1" and stream.get("codec_name") in {"vp8", "vp9"}
    return "yuva420p" if has_tag and stated == "yuv420p" else stated


def find_delay_seconds(stream: Mapping[str, Any], *, container: str, frame_rate: Fraction) -> float:
    """Return how much later than intended FFmpeg decodes the pictures.

    AVI has no time stamps, only an order. With B frames the decoder returns the first picture after
    reading the second or third frame, and FFmpeg gives it that frame's time.
    """
    frames = read_int(stream.get("has_b_frames")) or 0
    return float(frames / frame_rate) if container == "avi" else 0.0


def read_bit_depth(stream: Mapping[str, Any], *, pixel_format: str) -> int:
    stated = read_int(stream.get("bits_per_raw_sample"))
    if stated:
        return stated
    return next((depth for depth in (16, 14, 12, 10, 9) if f"p{depth}" in pixel_format), 8)


def read_name(stream: Mapping[str, Any], name: str) -> str | None:
    value = stream.get(name)
    return str(value) if value and value not in {"unknown", "unspecified", "reserved"} else None


def find_hdr(stream: Mapping[str, Any]) -> Hdr | None:
    """Return the kind of HDR. Raises MediaRejected for Dolby Vision without a base layer for other
    players (profile 5): decoded as plain video its colours are green and violet."""
    transfer = stream.get("color_transfer")
    for side_data in stream.get("side_data_list") or []:
        if side_data.get("side_data_type") == "DOVI configuration record":
            if side_data.get("dv_profile") == 5:
                raise MediaRejected(
                    Code.unsupported_format,
                    "The video is Dolby Vision profile 5, which only Dolby Vision players can show.",
                    "Export the video as HDR10, HLG or SDR and upload it again.",
                )
            return "dolby_vision"
    kinds: dict[object, Hdr] = {"smpte2084": "hdr10", "arib-std-b67": "hlg"}
    return kinds.get(transfer)


def read_tag(stream: Mapping[str, Any], name: str) -> str | None:
    value = (stream.get("tags") or {}).get(name)
    return str(value)[:200] if value and value != "und" else None


def is_default(stream: Mapping[str, Any]) -> bool:
    return bool((stream.get("disposition") or {}).get("default"))
