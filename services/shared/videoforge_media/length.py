"""How long the picture and the sound of a file last: what its header says where that can be trusted, else
what its packets say.

A header is trusted where two of its figures that come about in different ways agree: in an MP4 the table of
samples and the duration. In other containers the duration is one number that nothing depends on (an FLV's
script, Matroska's Info), so that the last packets are looked at in the same run of ffprobe. MPEG's streams
have no header at all and fragments come one by one: they are read from end to end (0.16 s per 120 MB), in
which time stamps that jump are seen too.

Seconds count from where the encoder's clock starts: in MPEG's streams at the first of the streams in use, in
others at the first of all.
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

#: formats that can be entered near their end, and whose stated duration nothing else depends on
_TAIL_CONTAINERS: Final[frozenset[Container]] = frozenset({"matroska", "avi", "asf", "mxf", "ogg"})
#: of a source that breaks off; what is left of it is published with a warning
KEPT_SHARE: Final = 0.95
#: those in which a reader gets over a hole (job_service/videos/hole_cover.py)
_STEPPED_OVER: Final[frozenset[Container]] = frozenset({"mp4", "matroska"})
#: the last group of pictures with its sound; where a file has more behind its last key frame, all is read
MAX_TAIL_PACKETS: Final = 4000
#: Pictures of a group that come late in their stream and are shown early: 64 of them at 15 a second.
_MAX_EARLY_SECONDS: Final = 4.5
#: a seek beyond the end of any file lands on its last key frame
_TAIL_OPTIONS: Final = ("-read_intervals", f"4000000000%+#{MAX_TAIL_PACKETS}")

Look = Literal["stated", "tail", "whole"]
RunLines = Callable[[Sequence[str]], Iterable[str] | None]


@dataclass(frozen=True)
class Length:
    """`picture_seconds` is None where it is neither stated nor found, `sound_seconds` too where there is no
    sound. `stated_seconds` is what a header says that means the whole file. `is_sure` is not set where the
    header is all that is known, and cannot be trusted."""

    picture_seconds: float | None
    sound_seconds: float | None = None
    stated_seconds: float | None = None
    is_sure: bool = False
    #: by how much the first picture is shown before FFmpeg's clock starts; the lengths count from there
    early_seconds: float = 0.0

    @property
    def seconds(self) -> float | None:
        """The longer of the two."""
        return max((s for s in (self.picture_seconds, self.sound_seconds) if s is not None), default=None)


@dataclass(frozen=True)
class UsedStreams:
    """ffprobe's objects of the picture and the sound in use, and of the file."""

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
    """Return the options and the entries that let the first look at a file read its last packets too; nothing
    where that tells no more."""
    if container not in _TAIL_CONTAINERS:
        return [], ""
    return list(_TAIL_OPTIONS), f":{PACKET_ENTRIES}"


def read_stated_length(used: UsedStreams, *, is_fragmented: bool = False) -> Length:
    """Return the Length by the header alone. What ffprobe gives for MPEG's streams is its own estimate, and
    for fragments what the first of them say."""
    picture = _find_stated_end(used.video, used=used)
    sound = _find_stated_end(used.audio, used=used) if used.audio is not None else None
    is_stated = not used.is_joinable and not is_fragmented and used.format_name not in RAW_FORMATS
    whole = (_count_stated(used) or picture or read_seconds(used.form.get("duration"))) if is_stated else None
    return Length(picture, sound, stated_seconds=whole)


def _count_stated(used: UsedStreams) -> float | None:
    """Return what the number of pictures in an AVI's header comes to: without its index, which lies at the
    end, ffprobe makes a guess of the duration."""
    frames = read_int(used.video.get("nb_frames"))
    rate = read_fraction(used.video.get("avg_frame_rate"), separator="/")
    return float(frames / rate) if used.format_name == "avi" and frames and rate else None


def _find_stated_end(stream: Mapping[str, Any], *, used: UsedStreams) -> float | None:
    """Return a stream's stated end. Matroska states it in a tag, counted from the clock's 0 and not from the
    first picture, as FFmpeg writes it."""
    if tag := read_clock((stream.get("tags") or {}).get("DURATION")):
        return tag - used.zero_seconds if tag > used.zero_seconds > 0 else tag
    duration = read_seconds(stream.get("duration"))
    if not duration:
        return None
    start = read_time(stream.get("start_time")) or 0.0
    return duration + max(0.0, start - used.zero_seconds)


def choose_look(used: UsedStreams, *, container: Container | None, is_fragmented: bool) -> Look:
    """Return what it takes to know the length. Of raw streams and WebP it was counted before; DV's frames
    are all of one size, so that the file's own tells it."""
    if used.format_name in RAW_FORMATS | {"dv", "webp"}:
        return "stated"
    if container in _TAIL_CONTAINERS:
        return "tail"
    if container != "mp4" or is_fragmented:
        return "whole"
    is_sound_sure = _is_of_one_length(used) or _has_even_sound(used)
    return "stated" if _has_even_table(used) and is_sound_sure else "tail"


def _has_even_table(used: UsedStreams) -> bool:
    """Whether the number of samples times their distance is the duration, at an even rate: else the last
    picture may be shown for longer than the table of decoding times says."""
    frames, duration = read_int(used.video.get("nb_frames")), read_seconds(used.video.get("duration"))
    average = read_fraction(used.video.get("avg_frame_rate"), separator="/")
    grid = read_fraction(used.video.get("r_frame_rate"), separator="/")
    if not frames or not duration or not average or grid != average:
        return False
    return abs(float(frames / average) - duration) <= find_tolerance_seconds(duration)


def _is_of_one_length(used: UsedStreams) -> bool:
    """Whether picture and sound are about as long as each other: a wrong figure of either would show."""
    stated = read_stated_length(used)
    if used.audio is None:
        return True
    if stated.picture_seconds is None or stated.sound_seconds is None:
        return False
    off_by = abs(stated.picture_seconds - stated.sound_seconds)
    return off_by <= find_tolerance_seconds(stated.picture_seconds)


def _has_even_sound(used: UsedStreams) -> bool:
    """Whether the sound's own two figures agree, as those of a picture that it outlasts cannot tell: its
    samples of 1024 (AAC), or 2048 (HE-AAC), and its duration. A still with sound, for one."""
    audio = used.audio or {}
    frames, rate = read_int(audio.get("nb_frames")), read_int(audio.get("sample_rate"))
    duration = read_seconds(audio.get("duration"))
    if audio.get("codec_name") != "aac" or not frames or not rate or not duration:
        return False
    seconds = [frames * samples / rate for samples in (1024, 2048)]
    return any(abs(length - duration) <= find_tolerance_seconds(duration) for length in seconds)


def find_tolerance_seconds(duration_seconds: float) -> float:
    """Return by how much a duration may be off: half a second, or a hundredth of a long video."""
    return max(0.5, duration_seconds * 0.01)


def find_missing_seconds(seconds: float, *, of_seconds: float | None, is_cut_off: bool = False) -> float:
    """Return by how much a film ends early, 0 where that is within what a duration may be off by: two
    pictures or so where the file itself breaks off."""
    missing = (of_seconds or 0.0) - seconds
    return missing if missing > (0.1 if is_cut_off else find_tolerance_seconds(of_seconds or 0.0)) else 0.0


def is_too_short(seconds: float, *, of_seconds: float | None) -> bool:
    """Whether so much is missing that what is left is another film: more than a twentieth, and more than a
    duration may be off by."""
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
    """Return the Length. `tail` holds the packets that the first look has read, `run_lines` runs ffprobe and
    gives its lines, or None where it took too long. `needs_whole` is set where the file breaks off,
    `has_hole` where only its two ends are here."""
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
    """Read all packets of the picture, and of the sound only where it may go on after the picture: each
    packet costs ffprobe 8 µs, and there are as many of sound as of picture."""
    video, audio = used.video, used.audio
    found = _follow(read_packets(run_lines(_select(video)) or ()), used=used, stated=stated)
    if found is None or found.picture_seconds is None or audio is None:
        return found
    if used.is_joinable and stated.picture_seconds is not None and stated.sound_seconds is not None:
        apart = stated.sound_seconds - stated.picture_seconds
        if abs(apart) <= 1:  # ffprobe has looked at the last packets of both
            return replace(found, sound_seconds=found.picture_seconds + apart)
    elif found.picture_seconds >= _find_least_seconds(used):
        return found
    clock = _follow_clock(read_packets(run_lines(_select(audio)) or ()), used=used)
    sound = _find_end(clock, audio, used=used)
    return replace(found, sound_seconds=None if sound is None else sound + found.early_seconds)


def _select(stream: Mapping[str, Any]) -> tuple[str, str]:
    return "-select_streams", str(int(stream["index"]))


def _find_least_seconds(used: UsedStreams) -> float:
    """Return how long a picture is at least that no sound outlasts by much: as long as the file is said to
    be; a single picture with sound is shorter than a second."""
    stated = read_seconds(used.form.get("duration")) or 0.0
    return max(1.0, stated - find_tolerance_seconds(stated))


def _follow(packets: Iterable[Packet], *, used: UsedStreams, stated: Length) -> Length | None:
    """Return where the packets end, None where the picture has none."""
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
    """Return a stream's end on the encoder's clock, None where it has no packets."""
    end = clock.find_end(int(stream["index"]))
    return None if end is None else end - used.zero_seconds


def _find_early_seconds(clock: PacketClock, *, used: UsedStreams) -> float:
    """Return by how much VVC's first picture is shown before FFmpeg's clock starts, which is with the first
    packet: libvvenc puts a key picture there that is shown after others, and all before it would be lost. Of
    other codecs FFmpeg knows the order."""
    first = clock.find_start(int(used.video["index"]))
    if first is None or not used.is_joinable or used.video.get("codec_name") != "vvc":
        return 0.0
    early = used.zero_seconds - first
    return early if 0 < early < _MAX_EARLY_SECONDS else 0.0
