"""The sizes that frames of VP8 and VP9 state in their own headers, which no container repeats.

A key frame states its size. VP9 may also change it between key frames, as a call does when its
connection gets worse or better: the first frame whose size differs from its references' states it,
and those after it use a reference (RFC 6386, 9.1; "VP9 Bitstream & Decoding Process Specification",
6.2 and annex B). ffprobe reports where each packet is, and the first bytes of each are read;
nothing is decoded.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from videoforge_media.probe_fields import read_int

#: the entries to request from ffprobe, in the order in which it prints them
POSITION_ENTRIES: Final = "packet=size,pos"
#: more than the header fields up to the size take
_HEAD_BYTES: Final = 24
#: a block's track, time and flags, which ffprobe counts as part of the packet in Matroska (RFC
#: 9559, 10.1)
_BLOCK_HEAD_BYTES: Final = {"matroska": 4}
_VP8_SYNC: Final = b"\x9d\x01\x2a"
_VP9_SYNC: Final = 0x498342
#: VP9's colour space of RGB
_RGB: Final = 7
#: the largest index of a superframe: its marker twice, and eight sizes of four bytes
_MAX_INDEX_BYTES: Final = 34

Size = tuple[int, int]


class _Bits:
    """Reads numbers of some bits, most significant bit first. Past the end there are zeros."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data.ljust(_HEAD_BYTES, b"\0"), "big")
        self._left = 8 * max(len(data), _HEAD_BYTES)

    def take(self, count: int) -> int:
        self._left -= count
        return self._value >> self._left & (1 << count) - 1


def list_stated_sizes(path: Path, lines: Iterable[str], *, codec: str, container: str) -> Iterator[Size]:
    """Yield width and height wherever a frame states them. `lines` are ffprobe's packet lines."""
    skip = _BLOCK_HEAD_BYTES.get(container, 0)
    with path.open("rb") as file:
        descriptor = file.fileno()
        for line in lines:
            fields = line.strip().split(",")
            size, at = read_int(fields[0]), read_int(fields[1]) if len(fields) > 1 else None
            if not size or not at:
                continue
            at += skip
            head = os.pread(descriptor, min(size, _HEAD_BYTES), at)
            if codec == "vp8":
                found = [read_vp8_size(head)]
            else:
                tail = os.pread(descriptor, min(size, _MAX_INDEX_BYTES), at + max(0, size - _MAX_INDEX_BYTES))
                starts = list_vp9_starts(tail)
                heads = (os.pread(descriptor, _HEAD_BYTES, at + start) if start else head for start in starts)
                found = [read_vp9_size(each) for each in heads]
            yield from (each for each in found if each)


def read_vp8_size(head: bytes) -> Size | None:
    """Return the size that a VP8 frame states; None except for a key frame."""
    if len(head) < 10 or head[0] & 1 or head[3:6] != _VP8_SYNC:
        return None
    return int.from_bytes(head[6:8], "little") & 0x3FFF, int.from_bytes(head[8:10], "little") & 0x3FFF


def list_vp9_starts(tail: bytes) -> list[int]:
    """Return where the frames of a packet start, from its last bytes: several frames have an index
    at the end."""
    mark = tail[-1] if tail else 0
    count, width = (mark & 7) + 1, (mark >> 3 & 3) + 1
    index_bytes = 2 + count * width
    if mark >> 5 != 0b110 or len(tail) < index_bytes or tail[-index_bytes] != mark:
        return [0]
    sizes = tail[1 - index_bytes : -1]
    starts = [0]
    for at in range(0, (count - 1) * width, width):
        starts.append(starts[-1] + int.from_bytes(sizes[at : at + width], "little"))
    return starts


def read_vp9_size(head: bytes) -> Size | None:
    """Return the size that a VP9 frame states; None if it uses a reference frame's."""
    bits = _Bits(head)
    if bits.take(2) != 0b10:
        return None
    profile = bits.take(1) | bits.take(1) << 1
    if profile == 3:
        bits.take(1)
    if bits.take(1):  # an existing frame is shown again
        return None
    is_key = not bits.take(1)
    is_shown, is_resilient = bits.take(1), bits.take(1)
    is_intra = is_key or (not is_shown and bool(bits.take(1)))
    if not is_key and not is_resilient:
        bits.take(2)  # which contexts are reset
    if is_intra:
        if bits.take(24) != _VP9_SYNC:
            return None
        if is_key or profile:
            _skip_colors(bits, profile=profile)
    if not is_key:
        bits.take(8)  # which references are replaced
    if not is_intra:
        bits.take(12)  # three references with their signs
        if any(bits.take(1) for _ in range(3)):  # the size of one of them
            return None
    return bits.take(16) + 1, bits.take(16) + 1


def _skip_colors(bits: _Bits, *, profile: int) -> None:
    if profile >= 2:
        bits.take(1)  # 10 or 12 bits
    is_rgb = bits.take(3) == _RGB
    if not is_rgb:
        bits.take(1)  # the range
    if profile in {1, 3}:
        bits.take(1 if is_rgb else 3)  # the subsampling
