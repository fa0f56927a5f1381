"""Which sources are encoded in one piece, however long they are.

A chunk is decoded from near its start, and its pictures keep the times they have in the whole
source. So reading has to be able to start anywhere, and a picture's time and shape must not depend
on what was read before it. docs/chunks.md has what the tests found for each kind of source.
"""

from collections.abc import Sequence
from typing import Final

from video_processor.domain.still import find_held_seconds
from videoforge_media.probe import Probe

#: Tried with decoded frames. In others a seek fails (raw streams, images), or ends in the wrong
#: place (MPEG program streams, Ogg).
_SEEKABLE_CONTAINERS: Final = {"mp4", "mov", "matroska", "mpegts", "flv", "avi", "mxf"}
#: All of it is decoded again for each chunk; and encode_job.py reads no more than this before a
#: chunk of a transport stream.
_MAX_KEY_GAP_SECONDS: Final = 12.0


def find_one_piece_reason(probe: Probe, *, key_gap_seconds: float) -> str | None:
    """Return why the source is encoded in one piece, None if it can be encoded in chunks.
    `key_gap_seconds` is the longest time from a key frame to a picture that needs it."""
    reasons: Sequence[tuple[bool, str]] = [
        (probe.container not in _SEEKABLE_CONTAINERS, "a container that is read from its start"),
        (probe.has_clock_jumps, "time stamps that jump"),
        (probe.picture_delay_seconds > 0, "pictures in another order and without times"),
        (probe.early_seconds > 0, "a first picture that is not the first packet"),
        (probe.is_shape_changing, "pictures that change their shape"),
        (find_held_seconds(probe) > 0, "a still picture"),
        (probe.is_cut_off, "a file that is cut off"),
        (key_gap_seconds > _MAX_KEY_GAP_SECONDS, "key frames that are far apart"),
    ]
    return next((reason for holds, reason in reasons if holds), None)
