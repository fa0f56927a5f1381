"""What a transport stream's program tables say throughout the file (ISO/IEC 13818-1, 2.4.4).

FFmpeg opens the tracks that it finds at the start. If a recorder changes the channel, or two
recordings were joined, the tracks continue under other packet ids (PIDs), and everything after the
change is left out. The tables are repeated every tenth of a second, so a sample of a few places
shows it without reading the file.
"""

from collections.abc import Iterator
from typing import BinaryIO, Final

_SYNC: Final = 0x47
_LOOK_BYTES: Final = 1 << 20
_LOOKS: Final = 8
_PAT_PID: Final = 0
_PAT_TABLE: Final = 0x00
_PMT_TABLE: Final = 0x02
_CRC_BYTES: Final = 4
#: stream types of pictures: MPEG-1, MPEG-2, MPEG-4, H.264, H.265, H.266, AVS3, VC-1
_PICTURE_TYPES: Final = {0x01, 0x02, 0x10, 0x1B, 0x24, 0x33, 0xD4, 0xEA}


def find_packet_grid(content: bytes) -> tuple[int, int] | None:
    """Return where packets start and how far apart they are: 188 bytes, 192 in Blu-ray's variant,
    204 with error correction. None if there are no five in a row."""
    for size in (188, 192, 204):
        for start in range(min(size, max(0, len(content) - 4 * size))):
            if all(content[start + step * size] == _SYNC for step in range(5)):
                return start, size
    return None


def has_lasting_picture(file: BinaryIO, *, pid: int, size_bytes: int) -> bool:
    """Return whether the picture's PID is in the tables throughout. A place without tables says
    nothing, such as a hole in a partly downloaded file."""
    last = max(0, size_bytes - _LOOK_BYTES)
    for first in sorted({index * last // (_LOOKS - 1) for index in range(_LOOKS)}):
        file.seek(first)
        for pids in _list_picture_pids(file.read(_LOOK_BYTES)):
            if pids and pid not in pids:
                return False
    return True


def _list_picture_pids(content: bytes) -> Iterator[set[int]]:
    """Yield the PIDs of all pictures each time that the tables of all programs were seen again."""
    wanted: set[int] = set()
    seen: dict[int, set[int]] = {}
    for pid, section in _list_sections(content):
        if pid == _PAT_PID and section[0] == _PAT_TABLE:
            if seen and seen.keys() >= wanted:
                yield set().union(*seen.values())
            wanted, seen = _read_pat(section), {}
        elif pid in wanted and section[0] == _PMT_TABLE:
            seen[pid] = _read_pmt(section)
    if seen and seen.keys() >= wanted:
        yield set().union(*seen.values())


def _list_sections(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield each section that starts in a packet, as far as that packet contains it, with its
    PID."""
    grid = find_packet_grid(content)
    if grid is None:
        return
    start, size = grid
    for at in range(start, len(content) - 187, size):
        if content[at] != _SYNC or not content[at + 1] & 0x40 or not content[at + 3] & 0x10:
            continue
        body = at + 4 + (1 + content[at + 4] if content[at + 3] & 0x20 else 0)
        pointer = content[body] if body < at + 188 else 188
        section = content[body + 1 + pointer : at + 188]
        if len(section) >= 12:
            length = 3 + ((section[1] & 0x0F) << 8 | section[2])
            yield (content[at + 1] & 0x1F) << 8 | content[at + 2], section[:length]


def _read_pat(section: bytes) -> set[int]:
    """Return the PIDs of the program map tables; program 0 is the network's."""
    rows = (section[at : at + 4] for at in range(8, len(section) - _CRC_BYTES, 4))
    return {(row[2] & 0x1F) << 8 | row[3] for row in rows if len(row) == 4 and row[:2] != b"\0\0"}


def _read_pmt(section: bytes) -> set[int]:
    """Return the PIDs of the pictures."""
    found = set()
    at = 12 + ((section[10] & 0x0F) << 8 | section[11])
    while at + 5 <= len(section) - _CRC_BYTES:
        if section[at] in _PICTURE_TYPES:
            found.add((section[at + 1] & 0x1F) << 8 | section[at + 2])
        at += 5 + ((section[at + 3] & 0x0F) << 8 | section[at + 4])
    return found
