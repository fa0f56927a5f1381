"""ffprobe's description of a file, parsed into one value that the rest of VideoForge can trust.

`parse_probe` takes ffprobe's JSON (see ffprobe.py for the requested entries) and returns a Probe or
raises MediaRejected; single fields are parsed in probe_fields.py. Durations are seconds, sizes
bytes, rates bits per second, frame rates Fractions.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from fractions import Fraction
from typing import Any, Final, Literal

from videoforge.problem_codes import Code
from videoforge.source_facts import SourceFacts
from videoforge_media.crop import Crop
from videoforge_media.errors import MediaRejected
from videoforge_media.extras import Extras, Mark, read_extras
from videoforge_media.fitting import AspectChange
from videoforge_media.ladder import PictureSize
from videoforge_media.length import Length, UsedStreams, read_stated_length
from videoforge_media.probe_fields import (
    INTERLACED_ORDERS,
    Hdr,
    find_delay_seconds,
    find_hdr,
    is_default,
    read_bit_depth,
    read_frame_rate,
    read_grid_rate,
    read_name,
    read_pixel_format,
    read_seconds,
    read_tag,
)
from videoforge_media.raw_stream import RawTimes
from videoforge_media.second_look import ADDED
from videoforge_media.shape import Shape, read_shape
from videoforge_media.sound_tracks import AudioTrack, rank_tracks, read_audio_tracks
from videoforge_media.track_choice import choose_video, count_left_out, keep_program, refuse_encrypted

_ALPHA_PREFIXES: Final = ("yuva", "rgba", "argb", "bgra", "abgr", "gbrap", "ya8", "ya16", "pal8")


@dataclass(frozen=True)
class MediaLimits:
    """The largest media accepted. Width and height apply in either orientation."""

    max_duration_seconds: float = 6 * 3600
    min_duration_seconds: float = 0.04
    max_long_side: int = 8192
    max_short_side: int = 4320
    max_streams: int = 64


@dataclass(frozen=True)
class SubtitleTrack:
    index: int
    codec: str
    language: str | None
    title: str | None
    is_default: bool


@dataclass(frozen=True)
class Probe:
    """`width` and `height` are those of the picture as shown: upright, with square pixels.
    `coded_width` and `coded_height` are as stored. `rotation_degrees` is clockwise, a multiple of
    90; if the file states any other angle it is 0 and `is_rotation_odd` is set.
    `video_duration_seconds` is the picture's, `duration_seconds` the longer of picture and sound,
    both as determined by length.py; `stated_duration_seconds` is the header's, if it states the
    duration of the whole. `is_cut_off` is set if the file announces more bytes than it has."""

    container: str
    duration_seconds: float
    file_size_bytes: int
    bit_rate_bps: int
    video_stream: int
    video_codec: str
    video_duration_seconds: float
    width: int
    height: int
    coded_width: int
    coded_height: int
    pixel_aspect: Fraction
    rotation_degrees: int
    is_rotation_odd: bool
    frame_rate: Fraction
    is_variable_frame_rate: bool
    is_interlaced: bool
    pixel_format: str
    bit_depth: int
    has_alpha: bool
    color_range: str | None
    color_matrix: str | None
    color_transfer: str | None
    color_primaries: str | None
    hdr: Hdr | None
    audio_stream: int | None
    audio_codec: str | None
    audio_tracks: tuple[AudioTrack, ...]
    subtitle_tracks: tuple[SubtitleTrack, ...]
    #: picture tracks and programs that are not shown
    other_pictures: int = 0
    other_programs: int = 0
    #: False if the picture continues in another track after some time, which is left out
    is_picture_lasting: bool = True
    #: the part of the stored picture that is shown, before rotation; None for all of it
    crop: Crop | None = None
    stated_duration_seconds: float | None = None
    is_cut_off: bool = False
    grid_rate: Fraction | None = None
    #: how late the decoded pictures are on the file's clock
    picture_delay_seconds: float = 0.0
    #: set if programs older than the encoder's, ffprobe and ffmpeg 5.1, cannot read the picture
    is_picture_new: bool = False
    #: set if a raw stream states no frame rate
    is_rate_assumed: bool = False
    extras: Extras = field(default_factory=Extras)
    #: where on the file's clock the encoder's starts
    clock_starts_at_seconds: float = 0.0
    #: how long before FFmpeg's own clock that is; FFmpeg has to be told
    early_seconds: float = 0.0
    #: the first and all later pixel aspects, as determined by shape_changes.py; empty if there is
    #: only one
    aspect_changes: tuple[AspectChange, ...] = ()
    #: whether size or pixel aspect change, as determined by shape_changes.py
    is_shape_changing: bool = False
    #: whether time stamps jump where recordings were joined
    has_clock_jumps: bool = False

    @property
    def resolution(self) -> str:
        return f"{self.width}x{self.height}"

    @property
    def picture_size(self) -> PictureSize:
        return PictureSize(self.width, self.height)

    @property
    def tone_map_curve(self) -> Literal["pq", "hlg"] | None:
        """The transfer curve to map from; Dolby Vision's base layer has one of the two."""
        curves: dict[str | None, Literal["pq", "hlg"]] = {"smpte2084": "pq", "arib-std-b67": "hlg"}
        return curves.get(self.color_transfer)

    @property
    def facts(self) -> SourceFacts:
        """What the gallery shows of the source."""
        return SourceFacts(
            duration_seconds=round(self.duration_seconds, 3),
            width=self.width,
            height=self.height,
            resolution=self.resolution,
            video_codec=self.video_codec,
            audio_codec=self.audio_codec,
            frame_rate=f"{self.frame_rate.numerator}/{self.frame_rate.denominator}",
            container=self.container,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON body of `POST /api/metadata/extract`."""
        return {
            **self.facts.model_dump(),
            "file_size_bytes": self.file_size_bytes,
            "bit_rate_bps": self.bit_rate_bps,
            "rotation_degrees": self.rotation_degrees,
            "hdr": self.hdr,
            "audio_tracks": [track.to_dict() for track in self.audio_tracks],
            "subtitle_tracks": [asdict(track) for track in self.subtitle_tracks],
        }


def parse_probe(
    document: Mapping[str, Any],
    *,
    file_size_bytes: int,
    limits: MediaLimits = MediaLimits(),
    measure: Callable[..., Length] | None = None,
) -> Probe:
    """Return the Probe of ffprobe's JSON. Raises MediaRejected.

    `measure` is measure_length for the file; without it the header is trusted.
    """
    streams: Sequence[Mapping[str, Any]] = document.get("streams") or []
    form: Mapping[str, Any] = document.get("format") or {}
    if len(streams) > limits.max_streams:
        raise MediaRejected(Code.unsupported_format, f"The file has more than {limits.max_streams} streams.")
    video = choose_video(streams)
    refuse_encrypted(streams)
    streams = keep_program(document, video=video)
    used = UsedStreams(video, choose_audio(streams), form)
    length = measure(used, tail=document.get("packets")) if measure else read_stated_length(used)
    length = length if _is_picture_lasting(document) else replace(length, sound_seconds=None)
    _check_duration(
        length.seconds or _find_file_seconds(form), limits=limits, is_sure=length.is_sure or measure is None
    )
    shape = read_shape(video, crop=_find_crop(document))
    _check_dimensions((shape.coded_width, shape.coded_height), (shape.width, shape.height), limits=limits)
    probe = _build_probe(
        document, (video, streams), shape=shape, length=length, file_size_bytes=file_size_bytes
    )
    early = length.early_seconds
    return replace(
        probe,
        clock_starts_at_seconds=used.zero_seconds - early,
        early_seconds=early,
        has_clock_jumps=length.has_clock_jumps,
    )


def _build_probe(
    document: Mapping[str, Any],
    tracks: tuple[Mapping[str, Any], Sequence[Mapping[str, Any]]],
    *,
    shape: Shape,
    length: Length,
    file_size_bytes: int,
) -> Probe:
    """`tracks` are the picture and all that go with it."""
    form: Mapping[str, Any] = document.get("format") or {}
    video, streams = tracks
    duration, sound = length.seconds or _find_file_seconds(form), choose_audio(streams)
    added = document.get(ADDED) or {}
    rate, is_variable = read_frame_rate(video, has_single_steps=bool(added.get("has_single_steps")))
    audio = tuple(read_audio_tracks(streams, zero_seconds=read_seconds(form.get("start_time")) or 0.0))
    pixel_format = read_pixel_format(video)
    return Probe(
        container=_name_container(form),
        duration_seconds=duration,
        file_size_bytes=file_size_bytes,
        bit_rate_bps=int(file_size_bytes * 8 / duration),
        video_stream=int(video["index"]),
        video_codec=str(video.get("codec_name")),
        video_duration_seconds=length.picture_seconds or duration,
        width=shape.width,
        height=shape.height,
        coded_width=shape.coded_width,
        coded_height=shape.coded_height,
        pixel_aspect=shape.pixel_aspect,
        rotation_degrees=shape.rotation_degrees,
        is_rotation_odd=shape.is_rotation_odd,
        frame_rate=rate,
        is_variable_frame_rate=is_variable,
        grid_rate=read_grid_rate(video),
        is_interlaced=video.get("field_order") in INTERLACED_ORDERS,
        pixel_format=pixel_format,
        bit_depth=read_bit_depth(video, pixel_format=pixel_format),
        has_alpha=pixel_format.startswith(_ALPHA_PREFIXES),
        color_range="pc" if pixel_format.startswith("yuvj") else read_name(video, "color_range"),
        color_matrix=read_name(video, "color_space"),
        color_transfer=read_name(video, "color_transfer"),
        color_primaries=read_name(video, "color_primaries"),
        hdr=find_hdr(video),
        audio_stream=int(sound["index"]) if sound else None,
        audio_codec=str(sound["codec_name"]) if sound else None,
        audio_tracks=audio,
        subtitle_tracks=tuple(_read_subtitle(s) for s in streams if s.get("codec_type") == "subtitle"),
        other_pictures=count_left_out(streams),
        other_programs=max(0, len(document.get("programs") or []) - 1),
        is_picture_lasting=_is_picture_lasting(document),
        crop=shape.crop,
        stated_duration_seconds=length.stated_seconds,
        picture_delay_seconds=find_delay_seconds(video, container=_name_container(form), frame_rate=rate),
        is_rate_assumed=_is_rate_assumed(document),
        extras=read_extras(document, video=video, marks=_find_marks(document)),
    )


def _name_container(form: Mapping[str, Any]) -> str:
    """Return one name for the demuxer's list of names; a QuickTime file is recognised by its
    brand."""
    first = str(form.get("format_name") or "unknown").split(",")[0]
    is_quicktime = str((form.get("tags") or {}).get("major_brand", "")).strip() == "qt"
    return "mp4" if first == "mov" and not is_quicktime else first


def _find_crop(document: Mapping[str, Any]) -> Crop | None:
    crop = (document.get(ADDED) or {}).get("crop")
    return crop if isinstance(crop, Crop) else None


def _find_marks(document: Mapping[str, Any]) -> frozenset[Mark]:
    marks = (document.get(ADDED) or {}).get("marks")
    return marks if isinstance(marks, frozenset) else frozenset()


def _is_rate_assumed(document: Mapping[str, Any]) -> bool:
    raw = (document.get(ADDED) or {}).get("raw_times")
    return isinstance(raw, RawTimes) and not raw.is_rate_stated


def _is_picture_lasting(document: Mapping[str, Any]) -> bool:
    return bool((document.get(ADDED) or {}).get("is_picture_lasting", True))


def _find_file_seconds(form: Mapping[str, Any]) -> float:
    return read_seconds(form.get("duration")) or 0.0


def choose_audio(streams: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Return the sound to use according to the headers; None in a silent file."""
    best = next(iter(rank_tracks(read_audio_tracks(streams))), None)
    return next((stream for stream in streams if best and stream["index"] == best.index), None)


def _check_duration(duration_seconds: float, *, limits: MediaLimits, is_sure: bool) -> None:
    """A length that is only stated is not refused for being too long: the job, which has the whole
    file, measures it."""
    if duration_seconds < limits.min_duration_seconds:
        raise MediaRejected(Code.media_too_short, "The video has no duration.")
    if is_sure and duration_seconds > limits.max_duration_seconds:
        hours = limits.max_duration_seconds / 3600
        raise MediaRejected(Code.media_too_long, f"The video is longer than {hours:g} hours.")


def _check_dimensions(*sizes: tuple[int, int], limits: MediaLimits) -> None:
    """Both the stored and the shown size count: the decoder allocates the first, the scaler the
    second."""
    for size in sizes:
        if min(size) < 2:
            raise MediaRejected(Code.unsupported_format, "The video does not state the size of its picture.")
        if max(size) > limits.max_long_side or min(size) > limits.max_short_side:
            raise MediaRejected(
                Code.media_too_large_dimensions, f"The picture is {size[0]}×{size[1]}, larger than 8192×4320."
            )


def _read_subtitle(stream: Mapping[str, Any]) -> SubtitleTrack:
    return SubtitleTrack(
        index=int(stream["index"]),
        codec=str(stream.get("codec_name") or "unknown"),
        language=read_tag(stream, "language"),
        title=read_tag(stream, "title"),
        is_default=is_default(stream),
    )
