"""What a source's colour codes (ITU-T H.273: matrix, primaries, transfer) are read as.

Each code is read, or read as its nearest with a warning: ffmpeg's scaler knows seven matrices, and a picture
tagged with another one fails in its filters ("Impossible to convert between the formats"), in FFmpeg 9 as in
5.1. Such a tag is mostly a muxer's mistake on ordinary video. Names are those of FFmpeg's libavutil.
"""

from typing import Final

from videoforge_media.probe import Probe

#: swscale's names of the matrices that it reads; constant luminance (bt2020c) is read as its neighbour
_SCALE_MATRICES: Final = {
    "bt709": "bt709",
    "bt470bg": "bt470bg",
    "smpte170m": "smpte170m",
    "fcc": "fcc",
    "smpte240m": "smpte240m",
    "bt2020nc": "bt2020",
}
#: what is no YUV has no matrix
_RGB_PREFIXES: Final = ("rgb", "bgr", "gbr", "argb", "abgr", "0rgb", "0bgr", "x2", "pal8", "xyz", "bayer")
#: What zscale converts to BT.709, by the code to state. DCI-P3 is stated as Display P3, which has the same
#: primaries with BT.709's white: zscale of FFmpeg 9 does not move a white point, and greys turn green.
_WIDE_PRIMARIES: Final = {"bt2020": "bt2020", "smpte431": "smpte432", "smpte432": "smpte432"}
#: What is shown as it is, as browsers do: BT.601's differ by 7 of 255 at most (own measurement, 2026-11).
_NEAR_PRIMARIES: Final = {"bt709", "smpte170m", "smpte240m", "bt470bg", "ebu3213"}


def is_rgb(probe: Probe) -> bool:
    return probe.pixel_format.startswith(_RGB_PREFIXES)


def choose_matrix(probe: Probe) -> str:
    """Return the colour matrix to read the source with, by libavutil's name.

    Untagged video follows the custom that players keep to: standard definition is BT.601, anything larger
    BT.709. swscale by itself takes everything untagged for BT.601, which turns skin and grass in HD.
    HDR is BT.2020's, and so is a code that no scaler reads beside BT.2020's primaries.
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
    """Return choose_matrix's by swscale's name."""
    return _SCALE_MATRICES[choose_matrix(probe)]


def choose_hdr_primaries(probe: Probe) -> str:
    """Return the primaries of an HDR picture: those stated (phones and films grade in P3), else BT.2020."""
    stated = probe.color_primaries or "bt2020"
    return stated if stated in _NEAR_PRIMARIES else _WIDE_PRIMARIES.get(stated, "bt2020")


def find_wide_primaries(probe: Probe) -> str | None:
    """Return the primaries that an SDR picture is to be converted from, None where it is left as it is."""
    return _WIDE_PRIMARIES.get(probe.color_primaries or "")


def find_approximation(probe: Probe) -> tuple[str, str] | None:
    """Return the code that is not read, and what it is read as; None where the colours are as stated."""
    matrix, primaries = probe.color_matrix, probe.color_primaries
    if matrix and not is_rgb(probe) and matrix not in {*_SCALE_MATRICES, "gbr"}:
        return matrix, choose_matrix(probe)
    if primaries and primaries not in {*_WIDE_PRIMARIES, *_NEAR_PRIMARIES}:
        return primaries, choose_hdr_primaries(probe) if probe.tone_map_curve else "bt709"
    return None
