"""A still picture with sound (podcasts, music): its one frame is shown until the sound ends.

Without that the picture's track ends after 0.04 s, and a player of segments waits for more of it for ever:
what it can play is where both tracks are.
"""

from typing import Final

from videoforge_media.probe import Probe

#: a picture that moves lasts longer
_STILL_SECONDS: Final = 1.0
#: sound that goes on for less is the last frame's, or an encoder's padding
_OUTLASTS_SECONDS: Final = 0.5
#: With sound, less than this does not begin to play from segments.
_PLAYABLE_SECONDS: Final = 0.2
_HELD_SECONDS: Final = 0.5


def find_held_seconds(probe: Probe) -> float:
    """Return for how long the last frame is shown beyond the picture's own end; 0 for what moves and for what
    is silent."""
    picture, whole = probe.video_duration_seconds, probe.duration_seconds
    if probe.audio_stream is None or picture >= _STILL_SECONDS:
        return 0.0
    if whole - picture >= _OUTLASTS_SECONDS:
        return whole - picture
    return max(_HELD_SECONDS, whole) - picture if picture < _PLAYABLE_SECONDS else 0.0
