"""How a source's colour codes (ITU-T H.273: matrix, primaries, transfer) are interpreted.

An unsupported code is read as its nearest supported one, with a warning: ffmpeg's scaler supports
seven matrices, and a picture tagged with another fails in its filters ("Impossible to convert
between the formats"), in FFmpeg 9 as in 5.1. Such a tag is usually a muxer's mistake on ordinary
video. Names are those of FFmpeg's libavutil.
"""

from typing import Final

from videoforge_media.probe import Probe

#: swscale's names of its supported matrices; constant luminance (bt2020c) is read as bt2020nc
_SCALE_MATRICES: Final = {
    "bt709": "bt709",
    "bt470bg": "bt470bg",
    "smpte170m": "smpte170m",
    "fcc": "fcc",
    "smpte240m": "smpte240m",
    "bt2020nc": "bt2020",
}
#: formats that are not YUV have no matrix
_RGB_PREFIXES: Final = ("rgb", "bgr", "gbr", "argb", "abgr", "0rgb", "0bgr", "x2", "pal8", "xyz", "bayer")
#: The primaries that zscale converts to BT.709, with the code to set. DCI-P3 is set as Display P3,
#: which has the same primaries with BT.709's white point: zscale of FFmpeg 9 does not adapt the
#: white point, and greys would turn green.
_WIDE_PRIMARIES: Final = {"bt2020": "bt2020", "smpte431": "smpte432", "smpte432": "smpte432"}
#: Primaries that are not converted, as in browsers: BT.601's differ by 7 of 255 at most (own
#: measurement, 2026-11).
_NEAR_PRIMARIES: Final = {"bt709", "smpte170m", "smpte240m", "bt470bg", "ebu3213"}


def is_rgb(probe: Probe) -> bool:
    return probe.pixel_format.startswith(_RGB_PREFIXES)


def choose_matrix(probe: Probe) -> str:
    """Return the colour matrix to read the source with, by libavutil's name.

    Untagged video follows the convention of players: standard definition is BT.601, anything larger
    BT.709. swscale alone reads all untagged video as BT.601, which shifts the colours of skin and
    grass in HD. HDR is read as BT.2020, and so is an unsupported code together with BT.2020
    primaries.
    """
    stated = probe.color_matrix
    if stated in _SCALE_MATRICES:
        return str(stated)
    is_wide = bool(probe.tone_map_curve) or (bool(stated) and probe.color_primaries == "bt2020")
    if stated == "bt2020c" or is_wide:
        return "bt2020nc"
    is_standard_definition = probe.coded_width <= 1024 and probe.coded_height <= 576
    return "smpte170m" if is_standard_definition else "bt709"


def name_scale_matrix(probe: Probe) -> str:
    """Return choose_matrix's result by swscale's name."""
    return _SCALE_MATRICES[choose_matrix(probe)]


def choose_hdr_primaries(probe: Probe) -> str:
    """Return the primaries of an HDR picture: the stated ones (phones and films grade in P3), else
    BT.2020."""
    stated = probe.color_primaries or "bt2020"
    return stated if stated in _NEAR_PRIMARIES else _WIDE_PRIMARIES.get(stated, "bt2020")


def find_wide_primaries(probe: Probe) -> str | None:
    """Return the primaries to convert an SDR picture from, or None if it needs no conversion."""
    return _WIDE_PRIMARIES.get(probe.color_primaries or "")


def find_approximation(probe: Probe) -> tuple[str, str] | None:
    """Return the unsupported code and the code that it is read as; None if all codes are
    supported."""
    matrix, primaries = probe.color_matrix, probe.color_primaries
    if matrix and not is_rgb(probe) and matrix not in {*_SCALE_MATRICES, "gbr"}:
        return matrix, choose_matrix(probe)
    if primaries and primaries not in {*_WIDE_PRIMARIES, *_NEAR_PRIMARIES}:
        return primaries, choose_hdr_primaries(probe) if probe.tone_map_curve else "bt709"
    return None
