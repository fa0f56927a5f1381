"""Reading parts of a source instead of all of it: which containers have an index, and which media
may be read so.

A file of the source's size is filled only where a reader needs it; everywhere else are zeros. If
the ranges were chosen wrongly, a decoder gets zeros. So only media whose decoders complain about
zeros are read in parts, and after any complaint the whole source is read.
"""

import re
from collections.abc import Generator
from typing import BinaryIO, Final

from videoforge_media.byte_ranges import ByteRange
from videoforge_media.magic import Container
from videoforge_media.matroska_index import MatroskaIndex, read_matroska_index
from videoforge_media.mp4_index import Mp4Index, read_mp4_index
from videoforge_media.sound_tracks import AudioTrack

#: Their decoders report an error for zeros in the middle of a film; those of DV and of uncompressed
#: pictures, Opus and Vorbis do not (own trial with FFmpeg 9, 2026-11-30).
_COMPLAINING_PICTURES: Final = frozenset(
    {
        *("h264", "hevc", "av1", "vp9", "mpeg4", "mpeg2video", "mpeg1video", "h263"),
        *("prores", "dnxhd", "cfhd", "mjpeg", "jpeg2000", "png"),
    }
)
_COMPLAINING_SOUNDS: Final = frozenset({"aac", "mp3", "mp2", "ac3", "eac3", "flac", "alac"})
#: Its decoder takes anything, but the size of each sample is known.
_PCM: Final = re.compile(r"pcm_[suf](\d+)")
#: ffmpeg's lines with `-v level+warning`: errors, and pictures made of damaged data
_COMPLAINT: Final = re.compile(r"\[(?:error|fatal|panic)\]|corrupt", re.I)
#: H.264's decoder after a seek into open groups of pictures, whose first ones refer to pictures
#: before the key picture; with the whole source too
_ENTRY: Final = re.compile(r"mmco: unref short failure")


#: where the media of a source are; all ranges are in order and without overlaps
SourceIndex = Mp4Index | MatroskaIndex


def read_index(
    file: BinaryIO, *, container: Container | None, size_bytes: int
) -> Generator[ByteRange, None, SourceIndex | None]:
    """Yield the ranges to write to the file, and return its index; None if it has none for the
    whole."""
    if container == "mp4":
        return (yield from read_mp4_index(file, size_bytes=size_bytes))
    if container == "matroska":
        return (yield from read_matroska_index(file, size_bytes=size_bytes))
    return None


def can_read_picture(codec: str) -> bool:
    return codec in _COMPLAINING_PICTURES


def can_read_sound(track: AudioTrack) -> bool:
    return track.codec in _COMPLAINING_SOUNDS or find_sample_bytes(track) is not None


def find_sample_bytes(track: AudioTrack) -> int | None:
    """Return the size of a sample of all channels; None except for PCM."""
    found = _PCM.match(track.codec)
    return track.channels * int(found.group(1)) // 8 if found else None


def is_complaint(line: str) -> bool:
    """Return whether a line of ffmpeg's says that it could not use what it read."""
    return bool(_COMPLAINT.search(line)) and not _ENTRY.search(line)
