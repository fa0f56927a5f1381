"""The sound tracks of a file, and in which order to try them.

Headers alone do not tell whether a track can be decoded; `is_trusted` says when a trial is
unnecessary.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from videoforge_media.probe_fields import is_default, read_int, read_name, read_seconds, read_tag

#: signs in a title or in ffprobe's dispositions that a track is not the film's own sound
_ASIDE_WORDS: Final = re.compile(
    r"(?i)comment|kommentar|coment[aá]rio|descripti|audio.?d[eé]skrip|\bAD\b|clean (?:sound|effects)|\bM&E\b"
)
_ASIDE_MARKS: Final = ("comment", "visual_impaired", "clean_effects", "karaoke")
#: decodable everywhere, whatever their headers say
_PLAIN_CODECS: Final = frozenset({"aac", "mp3", "mp2", "ac3", "eac3", "opus", "vorbis", "flac", "alac"})
#: Four channels may be a sound field (Ambisonics), which MP4 states in a box that ffprobe 5.1 does
#: not know.
_PLAIN_CHANNELS: Final = frozenset({1, 2, 3, 5, 6, 8})
#: Its tracks are alternatives, each with a language or a title; in the containers of cameras and
#: broadcasters two mono tracks are two microphones, or left and right.
_CONTAINER_OF_ALTERNATIVES: Final = "matroska"
_NOT_SHOWN: Final = {"is_aside", "frame_count", "starts_at"}
_AMBISONIC: Final = re.compile(r"ambisonic (\d)")


@dataclass(frozen=True)
class AudioTrack:
    """`frame_count` is from the container's index, None if it has none. `is_aside` marks
    commentary, audio description and the like. `starts_at` is in seconds from the file's start."""

    index: int
    codec: str
    channels: int
    channel_layout: str | None
    sample_rate_hz: int
    language: str | None
    title: str | None
    is_default: bool
    is_aside: bool = False
    frame_count: int | None = None
    starts_at: float = 0.0

    @property
    def ambisonic_order(self) -> int | None:
        return read_ambisonic_order(self.channel_layout or "")

    def to_dict(self) -> dict[str, Any]:
        """Return what `POST /api/metadata/extract` shows of the track."""
        return {name: value for name, value in asdict(self).items() if name not in _NOT_SHOWN}


def read_audio_tracks(streams: Sequence[Mapping[str, Any]], *, zero_seconds: float = 0.0) -> list[AudioTrack]:
    """Return the tracks whose codec has a name, in the file's order. `zero_seconds` is where the
    file's own clock starts."""
    named = (s for s in streams if s.get("codec_type") == "audio" and s.get("codec_name"))
    return [_read_audio_track(stream, zero_seconds=zero_seconds) for stream in named]


def _read_audio_track(stream: Mapping[str, Any], *, zero_seconds: float) -> AudioTrack:
    marks = stream.get("disposition") or {}
    title = read_tag(stream, "title")
    return AudioTrack(
        index=int(stream["index"]),
        codec=str(stream["codec_name"]),
        channels=read_int(stream.get("channels")) or 0,
        channel_layout=read_name(stream, "channel_layout"),
        sample_rate_hz=read_int(stream.get("sample_rate")) or 0,
        language=read_tag(stream, "language"),
        title=title,
        is_default=is_default(stream),
        is_aside=any(marks.get(mark) for mark in _ASIDE_MARKS) or bool(_ASIDE_WORDS.search(title or "")),
        frame_count=read_int(stream.get("nb_frames")),
        starts_at=max(0.0, (read_seconds(stream.get("start_time")) or 0.0) - zero_seconds),
    )


def rank_tracks(tracks: Sequence[AudioTrack]) -> list[AudioTrack]:
    """Return the tracks, best first: the film's own sound before commentary, the default track
    before others, then in the file's order."""
    return sorted(tracks, key=lambda track: (track.is_aside, not track.is_default))


def is_trusted(track: AudioTrack, *, container: str) -> bool:
    """Return whether the headers alone prove that this track can be decoded and mixed: an index
    that counts its frames, a common codec and a plain number of channels."""
    is_plain = track.codec in _PLAIN_CODECS or track.codec.startswith("pcm_")
    return (
        container in {"mp4", "mov"}
        and bool(track.frame_count)
        and is_plain
        and track.channels in _PLAIN_CHANNELS
        and track.sample_rate_hz > 0
    )


def find_right_track(left: AudioTrack, tracks: Sequence[AudioTrack], *, container: str) -> AudioTrack | None:
    """Return the mono track for the right channel that belongs to `left`, or None. It is the next
    one: broadcasters put the full mix on the first pair, and clean sound or another language on
    later ones (EBU R 123)."""
    right = next((track for track in tracks if track.index > left.index), None)
    if right is None or (container == _CONTAINER_OF_ALTERNATIVES and not left.codec.startswith("pcm_")):
        return None
    is_pair = (
        (left.channels, right.channels) == (1, 1)
        and (left.codec, left.sample_rate_hz) == (right.codec, right.sample_rate_hz)
        and left.language == right.language
        and not right.is_aside
    )
    return right if is_pair else None


def read_ambisonic_order(text: str) -> int | None:
    """Return the order in ffmpeg's name of a layout, such as "ambisonic 1" or "ambisonic
    1+stereo"."""
    found = _AMBISONIC.search(text)
    return int(found.group(1)) if found else None
