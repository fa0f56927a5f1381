"""Filters that convert any source's colours to BT.709 limited range, shared by thumbnail and
encode.

Pure text for ffmpeg's filter graphs. A picture passes `build_picture_filters` once per decode; all
renditions are scaled from its output.
"""

from typing import Final

from videoforge_media.color_codes import (
    choose_hdr_primaries,
    choose_matrix,
    find_wide_primaries,
    is_rgb,
    name_scale_matrix,
)
from videoforge_media.crop import build_crop_filters
from videoforge_media.fitting import build_bars, build_fitting_size
from videoforge_media.probe import Probe

#: where tone mapping starts to compress, as a share of white: the lower, the more room for
#: highlights
_KNEE: Final = 0.4
#: diffuse white of HDR (ITU-R BT.2408), and the brightest picture that each curve can carry, in
#: cd/m²
_WHITE_NITS: Final = 203
_PEAK_NITS: Final = {"pq": 10_000, "hlg": 1000}


def build_matrix_filters(probe: Probe) -> list[str]:
    """Return the filter that sets the matrix on each frame, before any other filter: ffmpeg refuses
    to scale a picture whose tag it does not support. RGB has no matrix."""
    return [] if is_rgb(probe) else [f"setparams=colorspace={choose_matrix(probe)}"]


def build_tone_map_filters(probe: Probe, *, curve: str) -> list[str]:
    """Return the filters from an HDR picture (`pq` or `hlg`) to BT.709, 8 bit, limited range.

    Linear light in float, then BT.709 primaries (before the curve, so that out-of-gamut colours are
    not distorted), then mobius: values below 0.4 of white are unchanged, white at 203 cd/m² becomes
    220 of 255, and nothing clips. The peak is the curve's own, since MaxCLL is often missing or
    wrong; hable, which uses the file's peak, left white between 156 and 193 (own measurement
    against the SDR original, 2026-11). The input's transfer and primaries are set since some phones
    tag the stream but not each frame.
    """
    transfer = {"pq": "smpte2084", "hlg": "arib-std-b67"}[curve]
    tags = f"color_primaries={choose_hdr_primaries(probe)}:color_trc={transfer}"
    tags += f":colorspace={choose_matrix(probe)}"
    return [
        f"setparams={tags}",
        f"zscale=transfer=linear:npl={_WHITE_NITS}",
        "format=gbrpf32le",
        "zscale=primaries=bt709",
        f"tonemap=tonemap=mobius:param={_KNEE}:desat=0:peak={_PEAK_NITS[curve] / _WHITE_NITS:.2f}",
        "zscale=transfer=bt709:matrix=bt709:range=tv",
        "format=yuv420p",
    ]


def build_flatten_filters(probe: Probe) -> list[str]:
    """Return the filters that put a transparent picture on black; without them the transparent
    areas show garbage. The picture keeps its colour model, since a conversion here would not know
    the matrix."""
    if not probe.has_alpha:
        return []
    planar = "yuva444p" if probe.pixel_format.startswith("yuva") else "gbrap"
    return [f"format={planar}", "premultiply=inplace=1"]


def build_gamut_filters(probe: Probe) -> list[str]:
    """Return the filters that convert wide-gamut SDR (phones' Display P3, BT.2020) to BT.709, after
    the scaler has converted the matrix; without them reds and greens look washed out."""
    primaries = find_wide_primaries(probe)
    if primaries is None:
        return []
    tags = f"color_primaries={primaries}:color_trc=bt709:colorspace=bt709:range=tv"
    return [f"setparams={tags}", "zscale=primaries=bt709"]


def build_scale_filters(width: int, height: int, *, probe: Probe) -> list[str]:
    """Return the filters from the source's picture to BT.709 limited range, in this box.

    Lanczos: 12 VMAF above bilinear at 480p, one above bicubic, for under 5 % of the time (own
    measurement, 2026-11). Both matrices and ranges are explicit, since swscale converts nothing by
    itself; so is the format, since RGB would otherwise stay RGB until a later conversion that does
    not know the matrix.
    """
    in_range = "pc" if probe.color_range == "pc" else "tv"
    scale = (
        f"scale={_build_size(width, height, probe=probe)}:flags=lanczos+accurate_rnd+full_chroma_int"
        f":in_color_matrix={name_scale_matrix(probe)}:in_range={in_range}:out_color_matrix=bt709:out_range=tv"
    )
    # a wide gamut is converted later, and needs more precision for it
    pixel_format = "yuv420p10le" if find_wide_primaries(probe) else "yuv420p"
    bars = build_bars(width, height, aspects=probe.aspect_changes)
    return [scale, f"format={pixel_format}", bars]


def _build_size(width: int, height: int, *, probe: Probe) -> str:
    return build_fitting_size(width, height, aspects=probe.aspect_changes)


def build_picture_filters(probe: Probe, *, width: int, height: int, tone_map: str | None) -> list[str]:
    """Return the filters from a source's frame to 8-bit 4:2:0 BT.709 of this size, with square
    pixels."""
    filters = [*build_matrix_filters(probe), *build_flatten_filters(probe)]
    filters += build_crop_filters(probe.crop, rotation_degrees=probe.rotation_degrees)
    if tone_map is not None:
        # Scaled first: tone mapping in float costs ten times the scaling, and would process the
        # whole picture at 8K.
        filters += [f"scale={_build_size(width, height, probe=probe)}:flags=lanczos"]
        filters += [build_bars(width, height, aspects=probe.aspect_changes)]
        filters += build_tone_map_filters(probe, curve=tone_map)
    else:
        filters += [*build_scale_filters(width, height, probe=probe), *build_gamut_filters(probe)]
    # The scaler has made the pixels square; the old aspect would stretch them again.
    return [*filters, "setsar=1", "format=yuv420p"]


def build_jpeg_filters() -> list[str]:
    """Return the filters from BT.709 video to a JPEG's colours: JFIF only supports BT.601 in full
    range, and anything else looks greenish or reddish."""
    matrices = "in_color_matrix=bt709:in_range=tv:out_color_matrix=smpte170m:out_range=pc"
    return [f"scale={matrices}:flags=accurate_rnd+full_chroma_int", "format=yuvj420p"]
