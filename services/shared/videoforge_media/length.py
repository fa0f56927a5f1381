"""The duration of a file's picture and sound: from its header if that can be trusted, else from its
packets.

A header is trusted if two independent figures in it agree: in an MP4, the sample table and the
duration. In other containers nothing depends on the duration (an FLV's script, Matroska's Info), so
the last packets are read in the same run of ffprobe. MPEG streams have no header, and fragments are
separate: these are read completely (0.16 s per 120 MB), which also reveals jumps of the time
stamps.

Seconds count from where the encoder's clock starts: in MPEG streams at the first of the streams
used, otherwise at the first of all streams.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from videoforge_media.magic import Container
from videoforge_media.packet_clock import (
    JOINED_FORMATS,
    PACKET_ENTRIES,
    Packet,
    PacketClock,
    read_packet_objects,
    read_packets,
    read_time,
)
from videoforge_media.probe_fields import read_clock, read_fraction, read_int, read_seconds
from videoforge_media.raw_stream import RAW_FORMATS

#: formats that can be read from near the end, and whose stated duration nothing else depends on
_TAIL_CONTAINERS: Final[frozenset[Container]] = frozenset({"matroska", "avi", "asf", "mxf", "ogg"})
#: the share of a truncated source that must be left; it is then published with a warning
KEPT_SHARE: Final = 0.95
#: those in which a reader can skip a hole (job_service/videos/hole_cover.py)
_STEPPED_OVER: Final[frozenset[Container]] = frozenset({"mp4", "matroska"})
#: the last group of pictures with its sound; if a file has more after its last key frame,
#: everything is read
MAX_TAIL_PACKETS: Final = 4000
#: Pictures of a group that come late in the stream and are shown early: 64 of them at 15 a second.
_MAX_EARLY_SECONDS: Final = 4.5
#: a seek past the end of the file ends at its last key frame
_TAIL_OPTIONS: Final = ("-read_intervals", f"4000000000%+#{MAX_TAIL_PACKETS}")

Look = Literal["stated", "tail", "whole"]
RunLines = Callable[[Sequence[str]], Iterable[str] | None]


@dataclass(frozen=True)
class Length:
    """`picture_seconds` is None if it is neither stated nor found, `sound_seconds` also if there is
    no sound. `stated_seconds` is the duration of the whole file according to the header. `is_sure`
    is unset if only the header is known and cannot be trusted."""

    picture_seconds: float | None
    sound_seconds: float | None = None
    stated_seconds: float | None = None
    is_sure: bool = False
    #: how long before FFmpeg's clock starts the first picture is shown; the lengths include it
    early_seconds: float = 0.0
    #: whether the picture's time stamps jump
    has_clock_jumps: bool = False

    @property
    def seconds(self) -> float | None:
        """The longer of the two."""
        return max((s for s in (self.picture_seconds, self.sound_seconds) if s is not None), default=None)


@dataclass(frozen=True)
class UsedStreams:
    """ffprobe's objects of the picture and sound that are used, and of the file."""

    video: Mapping[str, Any]
    audio: Mapping[str, Any] | None
    form: Mapping[str, Any]

    @property
    def indexes(self) -> list[int]:
        return [int(stream["index"]) for stream in (self.video, self.audio) if stream is not None]

    @property
    def format_name(self) -> str:
        return str(self.form.get("format_name") or "").split(",")[0]

    @property
    def is_joinable(self) -> bool:
        return self.format_name in JOINED_FORMATS

    @property
    def zero_seconds(self) -> float:
        """Where the encoder's clock starts."""
        streams = [stream for stream in (self.video, self.audio) if stream is not None]
        used = [start for stream in streams if (start := read_time(stream.get("start_time"))) is not None]
        if self.is_joinable and used:
            return min(used)
        start = read_time(self.form.get("start_time"))
        return min(used, default=0.0) if start is None else start


def build_tail_entries(container: Container | None) -> tuple[list[str], str]:
    """Return the options and entries that make the first run of ffprobe read the last packets too;
    nothing if that adds no information."""
    if container not in _TAIL_CONTAINERS:
        return [], ""
    return list(_TAIL_OPTIONS), f":{PACKET_ENTRIES}"


def read_stated_length(used: UsedStreams, *, is_fragmented: bool = False) -> Length:
    """Return the Length according to the header alone. For MPEG streams ffprobe's duration is its
    own estimate, and for fragments it is what the first of them say."""
    picture = _find_stated_end(used.video, used=used)
    sound = _find_stated_end(used.audio, used=used) if used.audio is not None else None
    is_stated = not used.is_joinable and not is_fragmented and used.format_name not in RAW_FORMATS
    whole = (_count_stated(used) or picture or read_seconds(used.form.get("duration"))) if is_stated else None
    return Length(picture, sound, stated_seconds=whole)


def _count_stated(used: UsedStreams) -> float | None:
    """Return the duration by the number of pictures in an AVI's header: without the index, which is
    at the end, ffprobe guesses the duration."""
    frames = read_int(used.video.get("nb_frames"))
    rate = read_fraction(used.video.get("avg_frame_rate"), separator="/")
    return float(frames / rate) if used.format_name == "avi" and frames and rate else None


def _find_stated_end(stream: Mapping[str, Any], *, used: UsedStreams) -> float | None:
    """Return a stream's stated end. Matroska states it in a tag, which FFmpeg counts from the
    clock's 0 and not from the first picture."""
    if tag := read_clock((stream.get("tags") or {}).get("DURATION")):
        return tag - used.zero_seconds if tag > used.zero_seconds > 0 else tag
    duration = read_seconds(stream.get("duration"))
    if not duration:
        return None
    start = read_time(stream.get("start_time")) or 0.0
    return duration + max(0.0, start - used.zero_seconds)


def choose_look(used: UsedStreams, *, container: Container | None, is_fragmented: bool) -> Look:
    """Return what has to be read to know the length. Raw streams and WebP were counted earlier;
    DV's frames all have the same size, so the file's size tells."""
    if used.format_name in RAW_FORMATS | {"dv", "webp"}:
        return "stated"
    if container in _TAIL_CONTAINERS:
        return "tail"
    if container != "mp4" or is_fragmented:
        return "whole"
    is_sound_sure = _is_of_one_length(used) or _has_even_sound(used)
    return "stated" if _has_even_table(used) and is_sound_sure else "tail"


def _has_even_table(used: UsedStreams) -> bool:
    """Whether the number of samples times their interval is the duration, at a constant rate:
    otherwise the last picture may be shown longer than the decoding time table says."""
    frames, duration = read_int(used.video.get("nb_frames")), read_seconds(used.video.get("duration"))
    average = read_fraction(used.video.get("avg_frame_rate"), separator="/")
    grid = read_fraction(used.video.get("r_frame_rate"), separator="/")
    if not frames or not duration or not average or grid != average:
        return False
    return abs(float(frames / average) - duration) <= find_tolerance_seconds(duration)


def _is_of_one_length(used: UsedStreams) -> bool:
    """Whether picture and sound are about equally long: a wrong figure of either would show."""
    stated = read_stated_length(used)
    if used.audio is None:
        return True
    if stated.picture_seconds is None or stated.sound_seconds is None:
        return False
    off_by = abs(stated.picture_seconds - stated.sound_seconds)
    return off_by <= find_tolerance_seconds(stated.picture_seconds)


def _has_even_sound(used: UsedStreams) -> bool:
    """Whether the sound's own two figures agree: the duration, and its frames of 1024 (AAC) or 2048
    (HE-AAC) samples. Needed if the sound is longer than the picture, such as for a still with
    sound."""
    audio = used.audio or {}
    frames, rate = read_int(audio.get("nb_frames")), read_int(audio.get("sample_rate"))
    duration = read_seconds(audio.get("duration"))
    if audio.get("codec_name") != "aac" or not frames or not rate or not duration:
        return False
    seconds = [frames * samples / rate for samples in (1024, 2048)]
    return any(abs(length - duration) <= find_tolerance_seconds(duration) for length in seconds)


def find_tolerance_seconds(duration_seconds: float) -> float:
    """Return how far a duration may be off: half a second, or a hundredth of a long video."""
    return max(0.5, duration_seconds * 0.01)


def find_missing_seconds(seconds: float, *, of_seconds: float | None, is_cut_off: bool = False) -> float:
    """Return how many seconds a film ends early, 0 if that is within the tolerance: about two
    pictures if the file itself is truncated."""
    missing = (of_seconds or 0.0) - seconds
    return missing if missing > (0.1 if is_cut_off else find_tolerance_seconds(of_seconds or 0.0)) else 0.0


def is_too_short(seconds: float, *, of_seconds: float | None) -> bool:
    """Whether so much is missing that the rest is not the same film: more than a twentieth plus the
    tolerance."""
    if not of_seconds:
        return False
    return seconds < of_seconds * KEPT_SHARE - find_tolerance_seconds(0)


def measure_length(
    used: UsedStreams,
    *,
    container: Container | None,
    is_fragmented: bool,
    needs_whole: bool = False,
    has_hole: bool = False,
    tail: object,
    run_lines: RunLines,
) -> Length:
    """Return the Length. `tail` contains the packets from the first run; `run_lines` runs ffprobe
    and returns its lines, or None if it took too long. `needs_whole` is set if the file is
    truncated, `has_hole` if only its two ends are here."""
    stated = read_stated_length(used, is_fragmented=is_fragmented)
    look = "whole" if needs_whole else choose_look(used, container=container, is_fragmented=is_fragmented)
    if look == "stated":
        return replace(stated, is_sure=not has_hole or used.format_name not in RAW_FORMATS)
    if look == "tail":
        if container == "mp4":
            packets = list(read_packets(run_lines(_TAIL_OPTIONS) or []))
        else:
            packets = read_packet_objects(tail)
        if len(packets) < MAX_TAIL_PACKETS and (found := _follow(packets, used=used, stated=stated)):
            return found
    if has_hole and container not in _STEPPED_OVER:
        return stated
    return _read_whole(used, stated=stated, run_lines=run_lines) or stated


def _read_whole(used: UsedStreams, *, stated: Length, run_lines: RunLines) -> Length | None:
    """Read all packets of the picture, and those of the sound only if it may be longer: each packet
    costs ffprobe 8 µs, and there are as many of sound as of picture."""
    video, audio = used.video, used.audio
    found = _follow(read_packets(run_lines(_select(video)) or ()), used=used, stated=stated)
    if found is None or found.picture_seconds is None or audio is None:
        return found
    if used.is_joinable and stated.picture_seconds is not None and stated.sound_seconds is not None:
        apart = stated.sound_seconds - stated.picture_seconds
        if abs(apart) <= 1:  # ffprobe has read the last packets of both
            return replace(found, sound_seconds=found.picture_seconds + apart)
    elif found.picture_seconds >= _find_least_seconds(used):
        return found
    clock = _follow_clock(read_packets(run_lines(_select(audio)) or ()), used=used)
    sound = _find_end(clock, audio, used=used)
    return replace(found, sound_seconds=None if sound is None else sound + found.early_seconds)


def _select(stream: Mapping[str, Any]) -> tuple[str, str]:
    return "-select_streams", str(int(stream["index"]))


def _find_least_seconds(used: UsedStreams) -> float:
    """Return how long a picture must be so that the sound cannot be much longer: as long as the
    file's stated duration; a single picture with sound is shorter than a second."""
    stated = read_seconds(used.form.get("duration")) or 0.0
    return max(1.0, stated - find_tolerance_seconds(stated))


def _follow(packets: Iterable[Packet], *, used: UsedStreams, stated: Length) -> Length | None:
    """Return where the packets end, None if the picture has none."""
    clock = _follow_clock(packets, used=used)
    picture, early = _find_end(clock, used.video, used=used), _find_early_seconds(clock, used=used)
    if picture is None or picture + early <= 0:
        return None
    sound = _find_end(clock, used.audio, used=used) if used.audio is not None else None
    return Length(
        picture + early,
        None if sound is None else sound + early,
        stated_seconds=stated.stated_seconds,
        is_sure=True,
        early_seconds=early,
        has_clock_jumps=clock.has_jumps,
    )


def _follow_clock(packets: Iterable[Packet], *, used: UsedStreams) -> PacketClock:
    rate = read_fraction(used.video.get("avg_frame_rate"), separator="/")
    frame_seconds = {int(used.video["index"]): float(1 / rate)} if rate else {}
    clock = PacketClock(bridges_jumps=used.is_joinable, frame_seconds=frame_seconds)
    for packet in packets:
        if packet.stream in used.indexes:
            clock.take(packet)
    return clock


def _find_end(clock: PacketClock, stream: Mapping[str, Any], *, used: UsedStreams) -> float | None:
    """Return a stream's end on the encoder's clock, None if it has no packets."""
    end = clock.find_end(int(stream["index"]))
    return None if end is None else end - used.zero_seconds


def _find_early_seconds(clock: PacketClock, *, used: UsedStreams) -> float:
    """Return how long before FFmpeg's clock starts VVC's first picture is shown. The clock starts
    with the first packet: libvvenc puts a key picture there that is shown after others, which would
    all be lost. For other codecs FFmpeg knows the order."""
    first = clock.find_start(int(used.video["index"]))
    if first is None or not used.is_joinable or used.video.get("codec_name") != "vvc":
        return 0.0
    early = used.zero_seconds - first
    return early if 0 < early < _MAX_EARLY_SECONDS else 0.0
