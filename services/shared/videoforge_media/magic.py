"""Which container family a file's first bytes indicate, and whether the file is truncated.

A cheap first check before any parser runs, and the reason for a better message than "invalid data"
if one fails. A match proves nothing: ffprobe, in the sandbox and with an allow-list, decides.
"""

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, Literal

Container = Literal[
    "mp4",
    "matroska",
    "avi",
    "mpegts",
    "mpegps",
    "flv",
    "ogg",
    "asf",
    "mxf",
    "gif",
    "webp",
    "dv",
    "h264",
    "hevc",
    "vvc",
    "apv",
    "wav",
    "mp3",
    "flac",
    "aac",
]

#: how many bytes `find_container` needs
MAGIC_BYTES: Final = 4096

#: first boxes in ISO base media files (ISO/IEC 14496-12) and in QuickTime files older than `ftyp`
_MP4_BOXES: Final = {b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"styp", b"moof"}
_PREFIXES: Final[tuple[tuple[bytes, Container], ...]] = (
    (b"\x1a\x45\xdf\xa3", "matroska"),  # EBML header
    (b"\x00\x00\x01\xba", "mpegps"),  # pack start code
    (b"FLV\x01", "flv"),
    (b"OggS", "ogg"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c", "asf"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"fLaC", "flac"),
    (b"ID3", "mp3"),
)
#: A raw stream starts with what a decoder needs first, after a start code (Annex B of ITU-T H.264,
#: H.265 and H.266): an access unit delimiter, SEI or parameter sets. H.264's header is one byte,
#: the others' two.
_START_CODE: Final = b"\x00\x00\x01"
_H264_FIRST: Final = frozenset({0x06, 0x09, 0x27, 0x47, 0x67})
_HEVC_FIRST: Final = frozenset({0x40, 0x42, 0x46, 0x4E})  # VPS, SPS, AUD, SEI; then layer 0 and sublayer 1
_VVC_FIRST: Final = frozenset({0x61, 0x69, 0x71, 0x79, 0x89, 0xA1, 0xB9})  # OPI, DCI, VPS, SPS, APS, AUD, SEI
#: Advanced Professional Video: after the size of the first access unit
_APV_SIGNATURE: Final = b"aPv1"
#: DIF blocks of 80 bytes: the header, then a subcode block (IEC 61834-2, SMPTE ST 314)
_DV_HEADER: Final = b"\x1f\x07\x00"
_DV_SUBCODE: Final = b"\x3f\x07\x00"
_DIF_BLOCK_BYTES: Final = 80
_MXF_PARTITION_KEY: Final = b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02\x01\x01"
_MATROSKA_SEGMENT: Final = b"\x18\x53\x80\x67"
_MAX_BOXES: Final = 100_000


def find_container(head: bytes) -> Container | None:
    """Return the container family that a file's first MAGIC_BYTES indicate, or None."""
    for prefix, container in _PREFIXES:
        if head.startswith(prefix):
            return container
    if head[4:8] in _MP4_BOXES:
        return "mp4"
    if head[4:8] == _APV_SIGNATURE:
        return "apv"
    if head[:4] in {b"RIFF", b"RF64"}:
        return {b"AVI ": "avi", b"WAVE": "wav", b"WEBP": "webp"}.get(head[8:12])  # type: ignore[return-value]
    if _MXF_PARTITION_KEY in head:  # after a run-in of any length (SMPTE ST 377-1)
        return "mxf"
    if _is_transport_stream(head):
        return "mpegts"
    if head.startswith(_DV_HEADER) and head[_DIF_BLOCK_BYTES:].startswith(_DV_SUBCODE):
        return "dv"
    return _find_raw_picture(head) or _find_bare_audio(head)


def _find_raw_picture(head: bytes) -> Container | None:
    """Zeros may precede the first start code."""
    start = head.find(_START_CODE)
    if start < 0 or head[:start].strip(b"\0"):
        return None
    header = head[start + len(_START_CODE) :][:2]
    if header[:1] and header[0] in _H264_FIRST:
        return "h264"
    if len(header) == 2 and header[0] == 0 and header[1] in _VVC_FIRST:  # layer 0; then the type, sublayer 1
        return "vvc"
    return "hevc" if len(header) == 2 and header[0] in _HEVC_FIRST and header[1] == 1 else None


def _is_transport_stream(head: bytes) -> bool:
    """Sync bytes every 188 bytes, or every 192 in Blu-ray's variant, from one of the first
    offsets."""
    return any(
        len(head) > offset + 2 * size and all(head[offset + k * size] == 0x47 for k in range(3))
        for size in (188, 192, 204)
        for offset in (0, 4)
    )


def _find_bare_audio(head: bytes) -> Container | None:
    if len(head) < 2 or head[0] != 0xFF:
        return None
    if head[1] & 0xF6 == 0xF0:  # ADTS: twelve sync bits, layer 0
        return "aac"
    if head[1] & 0xE0 == 0xE0 and head[1] & 0x06 != 0:  # MPEG audio: eleven sync bits, a layer
        return "mp3"
    return None


def is_cut_off(file: BinaryIO, *, container: Container | None, file_size_bytes: int) -> bool:
    """Return whether the file announces more bytes than it has, for containers that do so.

    ffprobe reads only the index, so it does not notice a missing end. `file_size_bytes` is the size
    of the whole object, which may be more than the part available here.
    """
    if container == "mp4":
        return _is_mp4_cut_off(file, file_size_bytes=file_size_bytes)
    if container == "matroska":
        return _is_matroska_cut_off(file, file_size_bytes=file_size_bytes)
    if container == "avi":
        return _is_avi_cut_off(file, file_size_bytes=file_size_bytes)
    return False


def has_fragments(file: BinaryIO, *, file_size_bytes: int) -> bool:
    """Whether an MP4 is fragmented, with a length in each fragment."""
    return any(kind == b"moof" for kind, _ in _list_boxes(file, file_size_bytes=file_size_bytes))


def _list_boxes(file: BinaryIO, *, file_size_bytes: int) -> Iterator[tuple[bytes, int]]:
    """Yield type and end of the top-level boxes (ISO/IEC 14496-12, 4.2), up to the one that reaches
    the end of the file or extends past it. Trailing bytes that are not a box end the list; ffmpeg
    ignores them."""
    position = 0
    for _ in range(_MAX_BOXES):
        if position + 8 > file_size_bytes:
            return
        file.seek(position)
        header = file.read(16)
        if len(header) < 8:
            return  # past the part available here
        size = struct.unpack(">I", header[:4])[0]
        if size == 0:  # "to the end of the file"
            size = file_size_bytes - position
        if size == 1 and len(header) == 16:
            size = struct.unpack(">Q", header[8:])[0]
        if size < 8 or not header[4:8].isascii():
            return
        position += size
        yield header[4:8], position


def _is_mp4_cut_off(file: BinaryIO, *, file_size_bytes: int) -> bool:
    """Whether a top-level box extends past the end."""
    return any(
        end > file_size_bytes and kind in {b"mdat", b"moov"}
        for kind, end in _list_boxes(file, file_size_bytes=file_size_bytes)
    )


def _is_avi_cut_off(file: BinaryIO, *, file_size_bytes: int) -> bool:
    """Whether the first RIFF chunk extends past the end; a recorder that lost power leaves its size
    at 0."""
    file.seek(4)
    raw = file.read(4)
    return len(raw) == 4 and 8 + struct.unpack("<I", raw)[0] > file_size_bytes and raw != b"\xff" * 4


def _is_matroska_cut_off(file: BinaryIO, *, file_size_bytes: int) -> bool:
    """Whether the single Segment extends past the end (RFC 8794, 4 to 6; RFC 9559, 5.1)."""
    file.seek(0)
    head = file.read(MAGIC_BYTES)
    header = _read_ebml_size(head, at=4)
    if header is None:
        return False
    segment_at = header[0] + header[1]
    segment = _read_ebml_size(head, at=segment_at + 4)
    if segment is None or head[segment_at : segment_at + 4] != _MATROSKA_SEGMENT:
        return False
    return sum(segment) > file_size_bytes


def _read_ebml_size(head: bytes, *, at: int) -> tuple[int, int] | None:
    """Return where an element's content starts and its size, or None for an unknown size, as in a
    live recording."""
    if at >= len(head) or head[at] == 0:
        return None
    length = 9 - head[at].bit_length()
    raw = head[at : at + length]
    value = int.from_bytes(raw, "big") & ((1 << (7 * length)) - 1)
    if len(raw) < length or value == (1 << (7 * length)) - 1:
        return None
    return at + length, value


def read_head(path: Path) -> bytes:
    """Return the first MAGIC_BYTES of a file."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    with os.fdopen(descriptor, "rb") as file:
        return file.read(MAGIC_BYTES)
