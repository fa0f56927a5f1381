"""The master playlist of a video, built from its renditions (RFC 8216, section 4.3.4).

URIs are relative to the playlist's own URL, so one text serves every token. Rates are in bits per
second.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from job_service.videos.assets import build_media_path
from videoforge.messages import FinishedAudio, FinishedRendition

_AUDIO_GROUP: Final = "audio"


def build_master_playlist(renditions: Sequence[FinishedRendition], *, audio: FinishedAudio | None) -> str:
    """Return the playlist, lowest rendition first: a player starts with the first one, and a small
    one starts faster. ValueError without renditions."""
    if not renditions:
        raise ValueError("a master playlist needs a rendition")
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    if audio:
        lines.append(_build_audio(audio))
    for rendition in sorted(renditions, key=lambda item: (item.bitrate_bps, item.height)):
        lines += [_build_variant(rendition, audio=audio), build_media_path(rendition.playlist_key)]
    return "\n".join(lines) + "\n"


def _build_audio(audio: FinishedAudio) -> str:
    uri = build_media_path(audio.playlist_key)
    return (
        f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="{_AUDIO_GROUP}",NAME="Main",DEFAULT=YES,AUTOSELECT=YES,'
        f'CHANNELS="2",URI="{uri}"'
    )


def _build_variant(rendition: FinishedRendition, *, audio: FinishedAudio | None) -> str:
    """BANDWIDTH counts everything fetched to play the variant, including the audio group."""
    sound_bps = audio.bitrate_bps if audio else 0
    codecs = ",".join([rendition.codecs, *([audio.codecs] if audio else [])])
    attributes = [
        f"BANDWIDTH={max(rendition.peak_bitrate_bps, rendition.bitrate_bps) + sound_bps}",
        f"AVERAGE-BANDWIDTH={rendition.bitrate_bps + sound_bps}",
        f"RESOLUTION={rendition.width}x{rendition.height}",
        f"FRAME-RATE={float(Fraction(rendition.frame_rate)):.3f}",
        f'CODECS="{codecs}"',
        *([f'AUDIO="{_AUDIO_GROUP}"'] if audio else []),
    ]
    return "#EXT-X-STREAM-INF:" + ",".join(attributes)
