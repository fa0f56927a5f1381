"""Running ffprobe on a downloaded file, caged, and turning what it says into a Probe.

ffprobe is never given a URL: a playlist behind one makes it fetch what the playlist names. The protocol
list alone does not stop a playlist in a local file from naming other local files; the format list does
(own trial with strace, 2026-11-20: bare ffprobe 5.1 opens the target of a renamed HLS playlist).
"""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

from videoforge_media.cage import CageLimits
from videoforge_media.caged_run import CagedRun, CagedRunTimedOut, run_caged, run_in_thread
from videoforge_media.encryption import is_encrypted
from videoforge_media.errors import MediaRejected
from videoforge_media.magic import Container, find_container, is_cut_off, read_head
from videoforge_media.probe import MediaLimits, Probe, parse_probe
from videoforge_media.second_look import SecondLook
from videoforge_media.track_choice import choose_video

PROTOCOLS: Final = "file"
#: demuxers that the encode takes; no hls, concat, dash, image2 or lavfi, which open other files
VIDEO_FORMATS: Final = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,flv,ogg,asf,mxf"
#: the probe also knows sound files, to be able to say "this is sound only"
PROBE_FORMATS: Final = f"{VIDEO_FORMATS},wav,mp3,flac,aac"

#: 1 GiB of address space holds ffprobe 5.1 with its 180 MB of libraries several times over; what it
#: writes goes to one file, whose largest useful size is the packet list of a six-hour film
_LIMITS: Final = CageLimits(address_space_bytes=1 << 30, cpu_seconds=60, file_size_bytes=64 << 20)

_ENTRIES: Final = (
    "format=format_name,start_time,duration,bit_rate"
    ":format_tags=major_brand:stream=index,id,codec_type,codec_name,codec_tag_string,profile,width,height,sample_aspect_ratio,pix_fmt,"
    "bits_per_raw_sample,field_order,color_range,color_space,color_transfer,color_primaries,r_frame_rate,"
    "avg_frame_rate,start_time,duration,nb_frames,channels,channel_layout,sample_rate"
    ":stream_disposition=default,attached_pic:stream_side_data"
    ":stream_tags=language,title,DURATION,NUMBER_OF_FRAMES,alpha_mode:program=program_id:program_stream=index"
)


#: a time beyond it, as "inf" is, is none of a film's
_MAX_TIME_SECONDS: Final = 1e9


def _build_input(path: Path) -> list[str]:
    """Return the input with its allow-lists, which count only before it. `file:` keeps a name with a colon
    from being read as a protocol."""
    return ["-protocol_whitelist", PROTOCOLS, "-format_whitelist", PROBE_FORMATS, f"file:{path}"]


def build_ffprobe_command(path: Path, *, ffprobe: str = "ffprobe") -> list[str]:
    """Return the command that prints what `parse_probe` reads."""
    return [ffprobe, "-v", "error", "-show_entries", _ENTRIES, "-of", "json=compact=1", *_build_input(path)]


def build_packet_command(path: Path, *, stream: int, ffprobe: str = "ffprobe") -> list[str]:
    """Return the command that prints time and duration of every packet of one stream, a line each."""
    entries = "packet=pts_time,duration_time"
    select = ["-select_streams", str(stream), "-show_entries", entries, "-of", "csv=print_section=0"]
    return [ffprobe, "-v", "error", *select, *_build_input(path)]


def build_count_command(path: Path, *, ffprobe: str = "ffprobe") -> list[str]:
    """Return the command that counts the packets of all picture tracks, as JSON."""
    counts = ["-select_streams", "v", "-count_packets", "-show_entries", "stream=index,nb_read_packets"]
    return [ffprobe, "-v", "error", *counts, "-of", "json=compact=1", *_build_input(path)]


def parse_packet_end(text: str) -> float | None:
    """Return the seconds from the first packet's time to the end of the last, or None without packets."""
    starts: list[float] = []
    end = 0.0
    for line in text.splitlines():
        first, _, second = line.partition(",")
        start = _read_time(first)
        if start is not None:
            starts.append(start)
            end = max(end, start + (_read_time(second) or 0.0))
    return max(0.0, end - min(starts)) if starts else None


def _read_time(text: str) -> float | None:
    """Return seconds, which may be below zero; None for N/A and for what no film reaches."""
    try:
        value = float(text.partition(",")[0])
    except ValueError:
        return None
    return value if abs(value) < _MAX_TIME_SECONDS else None


def _run(command: list[str], *, timeout_seconds: float) -> CagedRun:
    try:
        return run_caged(command, limits=_LIMITS, timeout_seconds=timeout_seconds)
    except CagedRunTimedOut:
        raise MediaRejected("probe_timeout", "The file took too long to inspect.") from None


def probe_file(
    path: Path,
    *,
    ffprobe: str = "ffprobe",
    timeout_seconds: float = 10,
    limits: MediaLimits = MediaLimits(),  # noqa: B008 - frozen
    file_size_bytes: int | None = None,
) -> Probe:
    """Return what a local file holds. Raises MediaRejected; OSError where the file is not there.

    `file_size_bytes` is the size of the whole object where `path` holds only its first part.
    """
    size = path.stat().st_size if file_size_bytes is None else file_size_bytes
    if size == 0:
        raise MediaRejected("empty_file", "The file is empty.")
    container = find_container(read_head(path))
    _refuse_encrypted(path, container=container, size_bytes=size)
    answer = _run(build_ffprobe_command(path, ffprobe=ffprobe), timeout_seconds=timeout_seconds)
    if answer.exit_code != 0:
        raise explain_failure(answer.stderr, is_known_container=container is not None)
    with path.open("rb") as file:
        if is_cut_off(file, container=container, file_size_bytes=size):
            raise MediaRejected("truncated_media", "The end of the file is missing.")
    measure = None
    if file_size_bytes is None or file_size_bytes == path.stat().st_size:
        measure = partial(_measure, path, ffprobe=ffprobe, timeout_seconds=timeout_seconds)
    count = partial(_count_packets, path, ffprobe=ffprobe, timeout_seconds=timeout_seconds)
    look = SecondLook(path, container=container, size_bytes=size, count_packets=count)
    return read_probe(answer.stdout, file_size_bytes=size, limits=limits, enrich=look.enrich, measure=measure)


def _refuse_encrypted(path: Path, *, container: Container | None, size_bytes: int) -> None:
    with path.open("rb") as file:
        if is_encrypted(file, container=container, size_bytes=size_bytes):
            raise MediaRejected("encrypted_media", "The video is encrypted.")


def read_probe(
    text: str,
    *,
    file_size_bytes: int,
    limits: MediaLimits = MediaLimits(),  # noqa: B008 - frozen
    enrich: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
    measure: Callable[[dict[str, Any]], float | None] | None = None,
) -> Probe:
    """Return the Probe of what ffprobe wrote. Raises MediaRejected, also where it is not of ffprobe's own
    shape: a file may have taken the program over, and then it writes what the file wants."""
    try:
        document = _read_document(text)
        if enrich:
            document = enrich(document)
        return parse_probe(
            document,
            file_size_bytes=file_size_bytes,
            limits=limits,
            measured_duration_seconds=measure(document) if measure else None,
        )
    except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError, RecursionError) as error:
        raise _refuse_nonsense() from error


def _count_packets(path: Path, *, ffprobe: str, timeout_seconds: float) -> list[dict[str, Any]]:
    """Return the picture tracks with their `nb_read_packets`; nothing where that takes too long."""
    try:
        answer = _run(build_count_command(path, ffprobe=ffprobe), timeout_seconds=timeout_seconds)
    except MediaRejected:
        return []
    found: list[dict[str, Any]] = _read_document(answer.stdout)["streams"]
    return found


def _measure(path: Path, document: dict[str, Any], *, ffprobe: str, timeout_seconds: float) -> float | None:
    """Return the picture's duration from its packets where the file does not state it, else None.

    The whole file is read (0.16 s per 120 MB). The file's own duration would not do: the sound may go on
    after the picture, and a picture that ends before it should is taken for a broken source.
    """
    video = choose_video(document["streams"])
    if video.get("duration", "N/A") != "N/A" or "DURATION" in (video.get("tags") or {}):
        return None
    command = build_packet_command(path, stream=int(video["index"]), ffprobe=ffprobe)
    try:
        return parse_packet_end(_run(command, timeout_seconds=timeout_seconds).stdout)
    except MediaRejected:
        return None  # too large to measure in the time; the file's own duration has to do


async def probe_file_async(path: Path, *, ffprobe: str = "ffprobe", timeout_seconds: float = 10) -> Probe:
    """`probe_file` beside a running event loop, in one of its threads; cancelled, it kills its ffprobe."""
    return await run_in_thread(probe_file, path, ffprobe=ffprobe, timeout_seconds=timeout_seconds)


def _read_document(text: str) -> dict[str, Any]:
    document = json.loads(text)
    if not isinstance(document, dict) or not document.get("streams"):
        raise _refuse_nonsense()
    return document


def _refuse_nonsense() -> MediaRejected:
    return MediaRejected("not_media", "The file holds no video that can be read.")


def explain_failure(stderr: str, *, is_known_container: bool) -> MediaRejected:
    """Return the refusal that fits ffprobe's last words; raises RuntimeError where ffprobe never ran."""
    if "cage:" in stderr:
        raise RuntimeError(f"ffprobe could not be started: {stderr.strip()[-500:]}")
    if "whitelist" in stderr:
        return MediaRejected("unsupported_format", "The file is not in a video format that is accepted.")
    cut_off = ("moov atom not found", "End of file", "partial file")
    if is_known_container and any(words in stderr for words in cut_off):
        return MediaRejected("truncated_media", "The file is cut off: its index is missing.")
    return MediaRejected("not_media", "The file is not a video.")
