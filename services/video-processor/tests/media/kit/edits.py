"""Writes wrong values into the headers of good files, byte by byte; everything else stays
unchanged."""

import re
import struct
from collections.abc import Callable
from pathlib import Path

#: a box's version, flags and, in the short version, two dates before the values
_MDHD, _MVHD, _TKHD = b"mdhd", b"mvhd", b"tkhd"


def edit(path: Path, name: str, change: Callable[[bytearray], None]) -> Path:
    """Return a changed copy next to the file."""
    content = bytearray(path.read_bytes())
    change(content)
    target = path.with_name(name)
    target.write_bytes(content)
    return target


def scale_media_durations(content: bytearray, *, divisor: int) -> None:
    """Divide the duration in every `mdhd` (ISO/IEC 14496-12, 8.4.2)."""
    for match in re.finditer(_MDHD + rb"\0", bytes(content)):
        at = match.end() + 3 + 12
        content[at : at + 4] = struct.pack(">I", struct.unpack(">I", content[at : at + 4])[0] // divisor)


def forget_durations(content: bytearray) -> None:
    """Set the durations of film, tracks and media to all ones: unknown (8.2.2, 8.3.2, 8.4.2)."""
    for kind, skip in ((_MVHD, 12), (_TKHD, 16), (_MDHD, 12)):
        for match in re.finditer(kind + rb"\0", bytes(content)):
            at = match.end() + 3 + skip
            content[at : at + 4] = b"\xff" * 4


def scale_edits(content: bytearray, *, factor: int) -> None:
    """Multiply the first edit's duration of every track (8.6.6)."""
    for match in re.finditer(rb"elst\0", bytes(content)):
        at = match.end() + 3 + 4
        content[at : at + 4] = struct.pack(">I", struct.unpack(">I", content[at : at + 4])[0] * factor)


def set_flv_duration(content: bytearray, *, seconds: float) -> None:
    at = content.index(b"duration\0") + len(b"duration\0")
    content[at : at + 8] = struct.pack(">d", seconds)


def set_matroska_duration(content: bytearray, *, seconds: float, clock: str | None = None) -> None:
    """Set Info's Duration (a double in milliseconds) and, with `clock`, the tags of the tracks."""
    at = content.index(b"\x44\x89\x88") + 3
    content[at : at + 8] = struct.pack(">d", 1000 * seconds)
    if clock:
        text = f"{clock}.000000000".encode()
        for match in re.finditer(rb"\d\d:\d\d:\d\d\.\d{9}", bytes(content)):
            content[match.start() : match.end()] = text


def set_asf_duration(content: bytearray, *, seconds: float) -> None:
    """Set the Play Duration of the File Properties Object, in 100 ns."""
    at = content.index(bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")) + 24 + 40
    content[at : at + 8] = struct.pack("<Q", int(seconds * 10_000_000))


def set_mdat_size(content: bytearray, *, factor: float) -> None:
    at = content.index(b"mdat") - 4
    content[at : at + 4] = struct.pack(">I", int(struct.unpack(">I", content[at : at + 4])[0] * factor))
