"""The decoder for a source's picture, where FFmpeg's default would lose part of it.

VP8 and VP9 store transparency as a second picture, which FFmpeg's own decoders ignore: what lies
under it, often noise or flat green, would be shown. libvpx decodes both.
"""

from typing import Final

from videoforge_media.probe import Probe

_ALPHA_DECODERS: Final = {"vp8": "libvpx", "vp9": "libvpx-vp9"}


def build_decoder_options(probe: Probe) -> list[str]:
    """Return the options that choose the decoder; they precede the input, and apply to the picture
    only."""
    decoder = _ALPHA_DECODERS.get(probe.video_codec) if probe.has_alpha else None
    return [f"-c:{probe.video_stream}", decoder] if decoder else []
