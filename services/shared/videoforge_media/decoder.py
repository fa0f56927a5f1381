"""Which decoder a source's picture needs, where FFmpeg's own choice would lose a part of it.

VP8 and VP9 keep transparency as a second picture beside the first, which FFmpeg's own decoders do not look
at: what lies under it, often noise or a flat green, would be shown. libvpx decodes both.
"""

from typing import Final

from videoforge_media.probe import Probe

_ALPHA_DECODERS: Final = {"vp8": "libvpx", "vp9": "libvpx-vp9"}


def build_decoder_options(probe: Probe) -> list[str]:
    """Return the options that choose the decoder; they stand before the input, and count for the picture
    alone."""
    decoder = _ALPHA_DECODERS.get(probe.video_codec) if probe.has_alpha else None
    return [f"-c:{probe.video_stream}", decoder] if decoder else []
