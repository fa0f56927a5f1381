"""Still pictures with sound (podcasts, music): the single frame is shown until the sound ends.

Otherwise the picture's track would end after 0.04 s, and a player of segments would wait forever
for more: it can only play where both tracks have data.
"""

from typing import Final

from videoforge_media.probe import Probe

#: longer pictures are not stills
_STILL_SECONDS: Final = 1.0
#: shorter remainders of sound are the last frame's, or encoder padding
_OUTLASTS_SECONDS: Final = 0.5
#: With sound, anything shorter does not start to play from segments.
_PLAYABLE_SECONDS: Final = 0.2
_HELD_SECONDS: Final = 0.5


def find_held_seconds(probe: Probe) -> float:
    """Return how long the last frame is shown beyond the picture's own end; 0 for moving pictures
    and for silent sources."""
    picture, whole = probe.video_duration_seconds, probe.duration_seconds
    if probe.audio_stream is None or picture >= _STILL_SECONDS:
        return 0.0
    if whole - picture >= _OUTLASTS_SECONDS:
        return whole - picture
    return max(_HELD_SECONDS, whole) - picture if picture < _PLAYABLE_SECONDS else 0.0
