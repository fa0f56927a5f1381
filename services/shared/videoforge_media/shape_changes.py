"""Pictures that change their size or pixel aspect in mid-stream, and what that means for a job: the
ladder follows the largest size, and ffmpeg is told when the aspect changes.

A change comes with a key picture and its headers, which MPEG streams repeat before each key
picture, and other containers only where the recording changed. FFmpeg's checksums of the headers
show without decoding whether anything changes, and only if something does are all key pictures
decoded. The same applies to an MP4 whose first picture has headers of its own; if it describes its
pictures more than once, its key pictures are decoded right away. Frames of VP8 and VP9 state their
size, which is read (stated_sizes.py). For all others the header is trusted, at no cost.
"""

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Final

from videoforge_media.boxes import list_first_samples, list_sample_entries
from videoforge_media.ffprobe import (
    PROTOCOLS,
    VIDEO_FORMATS,
    build_key_picture_command,
    build_packet_command,
)
from videoforge_media.fitting import AspectChange
from videoforge_media.packet_clock import PacketClock, read_packets, read_time
from videoforge_media.probe import Probe
from videoforge_media.probe_fields import find_display_size, read_int, read_pixel_aspect
from videoforge_media.sandbox import SandboxLimits
from videoforge_media.sandbox_run import SandboxTimedOut, run_sandboxed_lines
from videoforge_media.stated_sizes import POSITION_ENTRIES, list_stated_sizes

#: they restart at each key picture, and another recording may start anywhere
_STREAM_CONTAINERS: Final = {"mpegts", "mpeg"}
#: they have one header for the whole film, which a recorder of calls writes before it knows better
_RECORDER_CONTAINERS: Final = {"matroska", "flv"}
_MP4_CONTAINERS: Final = {"mp4", "mov"}
#: the codecs that FFmpeg's extract_extradata supports
_HEADER_CODECS: Final = {"h264", "hevc", "vvc", "av1", "mpeg1video", "mpeg2video", "mpeg4", "vc1"}
#: outside of MPEG streams their units have a length instead of a start code, which it does not
#: support
_LENGTH_CODECS: Final = {"h264", "hevc", "vvc"}
_STATING_CODECS: Final = {"vp8", "vp9"}
_STATING_CONTAINERS: Final = {"matroska", *_MP4_CONTAINERS}
#: which byte and bits of a unit contain its type, and the type of a sequence parameter set (ITU-T
#: H.264, 7.3.1; H.265, 7.3.1.2)
HEADER_UNITS: Final = {"h264": (0, 0x1F, 7), "hevc": (1, 0x3F, 33)}
#: length field before each unit; shorter ones are allowed, but not used
LENGTH_BYTES: Final = 4
#: the largest difference between a picture's time and its packet's
_SAME_TIME_SECONDS: Final = 0.001
#: more than a day of broadcasts has; the scaler evaluates all of them for each picture
_MAX_CHANGES: Final = 500
_LIMITS: Final = SandboxLimits(address_space_bytes=2 << 30, cpu_seconds=600, file_size_bytes=512 << 20)
_HEADER_SUM: Final = re.compile(r"New Extradata, *\d+, *(0x[0-9a-f]+)")


@dataclass(frozen=True)
class KeyPicture:
    """A key picture as decoded, neither rotated nor cropped; `at_seconds` is on the encoder's
    clock."""

    at_seconds: float
    width: int
    height: int
    pixel_aspect: Fraction


def follow_changes(
    path: Path, probe: Probe, *, ffprobe: str, ffmpeg: str, timeout_seconds: float = 600
) -> Probe:
    """Return the Probe with the largest size as its own, and with all changes of the pixel aspect.
    If the inspection fails or takes too long, the header is trusted."""
    run = partial(_run_lines, timeout_seconds=timeout_seconds)
    try:
        pictures = list(_look(path, probe, ffprobe=ffprobe, ffmpeg=ffmpeg, run=run))
    except SandboxTimedOut:
        return probe
    return apply_changes(probe, pictures)


def _run_lines(command: list[str], *, timeout_seconds: float) -> Iterable[str]:
    return run_sandboxed_lines(command, limits=_LIMITS, timeout_seconds=timeout_seconds) or ()


def _look(
    path: Path, probe: Probe, *, ffprobe: str, ffmpeg: str, run: Callable[[list[str]], Iterable[str]]
) -> Iterator[KeyPicture]:
    """Yield the key pictures, none if the header can be trusted."""
    select = ["-select_streams", str(probe.video_stream)]
    if needs_stated_sizes(probe):
        command = build_packet_command(path, options=select, entries=POSITION_ENTRIES, ffprobe=ffprobe)
        sizes = list_stated_sizes(path, run(command), codec=probe.video_codec, container=probe.container)
        # each size once, the first one first: of two with the same area it is kept
        yield from (KeyPicture(0, *size, probe.pixel_aspect) for size in dict.fromkeys(sizes))
    elif needs_key_pictures(probe, path) or (
        needs_header_sums(probe, path)
        and count_headers(run(build_header_sum_command(path, probe, ffmpeg=ffmpeg))) > 1
    ):
        command = build_key_picture_command(path, options=select, ffprobe=ffprobe)
        yield from read_key_pictures(run(command), probe=probe)


def reads_all_pictures(probe: Probe, path: Path) -> bool:
    """Return whether `follow_changes` needs the whole file."""
    return needs_stated_sizes(probe) or needs_key_pictures(probe, path) or needs_header_sums(probe, path)


def needs_stated_sizes(probe: Probe) -> bool:
    """Return whether frames state their sizes. A crop is the container's for all pictures, here and
    below."""
    is_stating = probe.video_codec in _STATING_CODECS and probe.container in _STATING_CONTAINERS
    return probe.crop is None and is_stating


def needs_key_pictures(probe: Probe, path: Path) -> bool:
    is_known = probe.crop is None and probe.video_codec in _HEADER_CODECS
    return is_known and probe.container in _MP4_CONTAINERS and has_several_descriptions(path)


def needs_header_sums(probe: Probe, path: Path) -> bool:
    """Return whether a header says nothing reliable about later pictures."""
    if probe.crop is not None or probe.video_codec not in _HEADER_CODECS:
        return False
    if probe.container in _MP4_CONTAINERS:
        return has_headers_inside(path, codec=probe.video_codec)
    return probe.container in _STREAM_CONTAINERS | _RECORDER_CONTAINERS


def has_several_descriptions(path: Path) -> bool:
    """Return whether a track of an MP4 describes its pictures more than once."""
    with path.open("rb") as file:
        entries = list_sample_entries(file, size_bytes=path.stat().st_size)
        tracks = [entry.track_at for entry in entries if entry.handler == b"vide"]
    return len(set(tracks)) < len(tracks)


def has_headers_inside(path: Path, *, codec: str) -> bool:
    """Return whether an MP4's first picture has headers of its own, although those of the sample
    description should suffice: so do streams that were copied into it, whose later headers may
    differ. AV1 may always have them."""
    if codec not in HEADER_UNITS:
        return codec == "av1"
    with path.open("rb") as file:
        samples = list_first_samples(file, handler=b"vide", size_bytes=path.stat().st_size)
        return any(_has_unit(sample, codec=codec) for sample in samples)


def _has_unit(sample: bytes, *, codec: str) -> bool:
    """Return whether a sequence parameter set is among the units at the start, each preceded by its
    length."""
    shift, mask, wanted = HEADER_UNITS[codec]
    at = 0
    while at + LENGTH_BYTES < len(sample):
        if sample[at + LENGTH_BYTES] >> shift & mask == wanted:
            return True
        at += LENGTH_BYTES + int.from_bytes(sample[at : at + LENGTH_BYTES], "big")
    return False


def build_header_sum_command(path: Path, probe: Probe, *, ffmpeg: str) -> list[str]:
    """Return the command that prints a line for each key picture's packet, with a checksum of the
    headers before it. Nothing is decoded."""
    filters = ["extract_extradata", "noise=drop=not(key)"]
    if probe.container not in _STREAM_CONTAINERS and probe.video_codec in _LENGTH_CODECS:
        filters.insert(0, f"{probe.video_codec}_mp4toannexb")
    return [
        *(ffmpeg, "-hide_banner", "-nostdin", "-v", "error"),
        *("-protocol_whitelist", PROTOCOLS, "-format_whitelist", VIDEO_FORMATS, "-i", f"file:{path}"),
        *("-map", f"0:{probe.video_stream}", "-c", "copy"),
        *("-bsf:v", ",".join(filters)),
        *("-f", "framecrc", "pipe:1"),
    ]


def count_headers(lines: Iterable[str]) -> int:
    """Return the number of different headers."""
    return len({found.group(1) for line in lines if (found := _HEADER_SUM.search(line))})


def read_key_pictures(lines: Iterable[str], *, probe: Probe) -> Iterator[KeyPicture]:
    """Yield the key pictures in ffprobe's lines. A decoder returns each after reading the next
    packet, so its place on the clock is that of its packet."""
    clock = PacketClock(bridges_jumps=probe.container in _STREAM_CONTAINERS)
    waiting: deque[tuple[float, float]] = deque()
    for line in lines:
        kind, _, rest = line.strip().partition(",")
        if kind == "packet":
            for packet in read_packets([rest]):
                clock.take(packet)
                if packet.is_key and packet.shown_at is not None:
                    waiting.append((packet.shown_at, clock.offset_seconds))
        elif kind == "frame" and (picture := _read_picture(rest)):
            offset = _take_offset(waiting, at=picture.at_seconds)
            yield replace(picture, at_seconds=picture.at_seconds + offset - probe.clock_starts_at_seconds)


def _read_picture(text: str) -> KeyPicture | None:
    fields = text.split(",")
    if len(fields) < 4:
        return None
    at, width, height = read_time(fields[0]), read_int(fields[1]), read_int(fields[2])
    if at is None or not width or not height:
        return None
    return KeyPicture(at, width, height, read_pixel_aspect(fields[3]))


def _take_offset(waiting: deque[tuple[float, float]], *, at: float) -> float:
    """Return the offset of the packet with this time, and drop those before it; 0 if there is
    none."""
    while waiting:
        shown_at, offset = waiting.popleft()
        if abs(shown_at - at) < _SAME_TIME_SECONDS:
            return offset
    return 0.0


def apply_changes(probe: Probe, pictures: Sequence[KeyPicture]) -> Probe:
    """Return the Probe of a film with these key pictures, in order of time."""
    shapes = {(picture.width, picture.height, picture.pixel_aspect) for picture in pictures}
    if len(shapes) < 2:
        return probe
    sizes = [
        find_display_size(p.width, p.height, aspect=p.pixel_aspect, rotation_degrees=probe.rotation_degrees)
        for p in pictures
    ]
    width, height = max(sizes, key=lambda size: size[0] * size[1])
    aspects = _find_aspects(probe, pictures)
    return replace(probe, width=width, height=height, aspect_changes=aspects, is_shape_changing=True)


def _find_aspects(probe: Probe, pictures: Sequence[KeyPicture]) -> tuple[AspectChange, ...]:
    """Return the changes of the pixel aspect if the codec states it; a container's applies to all
    pictures."""
    if probe.container not in _STREAM_CONTAINERS:
        return ()
    half_a_picture = float(1 / probe.frame_rate) / 2
    changes: list[AspectChange] = []
    for picture in pictures:
        if not changes or picture.pixel_aspect != changes[-1].pixel_aspect:
            changes.append(AspectChange(picture.at_seconds - half_a_picture, picture.pixel_aspect))
    return tuple(changes[:_MAX_CHANGES]) if len(changes) > 1 else ()


def shift_clock(probe: Probe, seconds: float) -> Probe:
    """Return the Probe for a reader that starts `seconds` later and counts from there."""
    changes = (replace(change, at_seconds=change.at_seconds - seconds) for change in probe.aspect_changes)
    return replace(probe, aspect_changes=tuple(changes))
