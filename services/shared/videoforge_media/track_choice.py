"""Which of several picture tracks is the film, and which other tracks belong to it.

Players show the default track, but a phone marks the still of its motion photo as default, and a
muxer the cover of a film. So the track with the most frames is used, then the longest, then the
default one, then the first. If a file with several picture tracks does not state their frames, they
are counted; for a single track nothing extra is read.

Works on ffprobe's JSON; `add_counts` adds `nb_read_packets`.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from videoforge.problem_codes import Code
from videoforge_media.errors import MediaRejected
from videoforge_media.probe_fields import is_default, read_clock, read_int, read_seconds, read_tag

_ENCRYPTED_TAGS: Final = {"encv", "enca", "drmi", "drms"}
#: two tracks of one camera differ by a frame or two at their ends
_TIE: Final = 0.98

Stream = Mapping[str, Any]


def list_pictures(streams: Iterable[Stream]) -> list[Stream]:
    """Return the picture tracks, without cover art."""
    videos = (stream for stream in streams if stream.get("codec_type") == "video")
    return [stream for stream in videos if not (stream.get("disposition") or {}).get("attached_pic")]


def choose_video(streams: Sequence[Stream]) -> Stream:
    """Return the picture track to show. Raises MediaRejected if there is none."""
    pictures = list_pictures(streams)
    if not pictures:
        raise _refuse_without_picture(streams)
    readable = list_readable(pictures)
    if not readable:
        tag = pictures[0].get("codec_tag_string")
        if tag in _ENCRYPTED_TAGS:
            raise MediaRejected(Code.encrypted_media)
        raise MediaRejected(Code.unsupported_format, f"The video codec {tag!r} cannot be read.")
    left = readable
    for measure in (_count_frames, _find_seconds, lambda stream: float(is_default(stream))):
        sizes = [measure(stream) for stream in left]
        if all(size is not None for size in sizes):
            left = _keep_largest(left, [size or 0.0 for size in sizes])
    return left[0]


def count_left_out(streams: Iterable[Stream]) -> int:
    """Return how many picture tracks there are besides the one shown."""
    return max(0, len(list_readable(list_pictures(streams))) - 1)


def refuse_encrypted(streams: Iterable[Stream]) -> None:
    """Raise MediaRejected if a track's tag says that it is encrypted."""
    if any(stream.get("codec_tag_string") in _ENCRYPTED_TAGS for stream in streams):
        raise MediaRejected(Code.encrypted_media)


def needs_counts(streams: Iterable[Stream]) -> bool:
    """Return whether the choice depends on frames that the file does not count."""
    readable = list_readable(list_pictures(streams))
    return len(readable) > 1 and not all(_find_stated_frames(stream) for stream in readable)


def add_counts(streams: Iterable[Stream], counted: Iterable[Stream]) -> list[Stream]:
    """Return the streams with the packets counted in a second run."""
    counts = {stream.get("index"): stream.get("nb_read_packets") for stream in counted}
    return [{**stream, "nb_read_packets": counts.get(stream.get("index"))} for stream in streams]


def keep_program(document: Mapping[str, Any], *, video: Stream) -> list[Stream]:
    """Return the streams that belong to the picture: in a transport stream with several programs
    those of its own, else all. One channel's picture with another's sound is not a film."""
    streams: Sequence[Stream] = document.get("streams") or []
    programs = [
        {part.get("index") for part in program.get("streams") or []}
        for program in document.get("programs") or []
    ]
    own = [members for members in programs if video.get("index") in members]
    if len(programs) < 2 or not own:
        return list(streams)
    return [stream for stream in streams if stream.get("index") in own[0]]


def _refuse_without_picture(streams: Sequence[Stream]) -> MediaRejected:
    kinds = {stream.get("codec_type") for stream in streams}
    if not kinds & {"video", "audio"}:
        return MediaRejected(Code.no_video_stream, "The file has neither picture nor sound.")
    what = "sound and a cover image" if "video" in kinds else "sound only"
    return MediaRejected(Code.no_video_stream, f"The file contains {what}.")


def list_readable(streams: Iterable[Stream]) -> list[Stream]:
    """Return the tracks whose codec has a name."""
    return [stream for stream in streams if stream.get("codec_name") not in {None, "none", "unknown"}]


def _keep_largest(streams: Sequence[Stream], sizes: Sequence[float]) -> list[Stream]:
    least = max(sizes) * _TIE
    return [stream for stream, size in zip(streams, sizes, strict=True) if size >= least]


def _find_stated_frames(stream: Stream) -> int | None:
    """MP4 and AVI count frames in their index, mkvmerge in a tag."""
    return read_int(stream.get("nb_frames")) or read_int(read_tag(stream, "NUMBER_OF_FRAMES"))


def _count_frames(stream: Stream) -> float | None:
    """Return None if the number is unknown. A track without frames counts as 0, not as unknown."""
    counted = stream.get("nb_read_packets")
    return float(read_int(counted) or 0) if counted is not None else _find_stated_frames(stream)


def _find_seconds(stream: Stream) -> float | None:
    return read_seconds(stream.get("duration")) or read_clock(read_tag(stream, "DURATION"))
