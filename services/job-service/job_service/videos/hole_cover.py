"""What is written over the hole of a sampled source, so that a reader can skip from its head to its
tail.

A browser's recording states no duration: it is that of its last packets, and a reader finds them by
going from cluster to cluster (Matroska) or from fragment to fragment (MP4). In zeros it searches
byte by byte, or stops. So the gap from where the head breaks off to the first cluster or fragment
of the tail is filled with the format's own padding: a Void element (RFC 8794, 11.3.2) or a `free`
box (ISO/IEC 14496-12, 8.1.2). All other bytes, and all offsets, stay unchanged.
"""

import re
from collections import deque
from mmap import mmap
from typing import Final, NamedTuple

from videoforge_media.byte_ranges import ByteRange

_EBML_HEADER: Final = b"\x1a\x45\xdf\xa3"
#: A Cluster's id, its size in 1 to 8 bytes, and its first child: the timestamp, or a checksum
#: before it (RFC 9559, 5.1.3). The id alone would match by chance in one of 60 tails.
_CLUSTER: Final = re.compile(
    rb"\x1f\x43\xb6\x75"
    rb"(?:[\x80-\xff]|[\x40-\x7f].|[\x20-\x3f].{2}|[\x10-\x1f].{3}"
    rb"|[\x08-\x0f].{4}|[\x04-\x07].{5}|[\x02\x03].{6}|\x01.{7})"
    rb"(?:\xe7|\xbf\x84)",
    re.DOTALL,
)
#: A `moof` box after its four bytes of size, and its first child, which always has 16 bytes.
_FRAGMENT: Final = re.compile(rb"moof\x00\x00\x00\x10mfhd")
_SIZE_BYTES: Final = 4
#: ffmpeg 5.1 reads an element of 2 GiB or more instead of skipping it (own trial, 2026-11-20).
_MAX_VOID_BYTES: Final = 1 << 30
_VOID_HEADER_BYTES: Final = 9
_FREE_HEADER_BYTES: Final = 16


class Patch(NamedTuple):
    first: int
    content: bytes


def plan_cover(content: bytes | mmap, *, head: ByteRange, tail: ByteRange) -> list[Patch]:
    """Return what to write and where; an empty list if the file has another format, or if the head
    or the tail has no place to skip from or to."""
    if content[:4] == _EBML_HEADER:
        return _plan_voids(content, head=head, tail=tail)
    return _plan_free_box(content, head=head, tail=tail)


def _plan_voids(content: bytes | mmap, *, head: ByteRange, tail: ByteRange) -> list[Patch]:
    """Overwrite from the head's last cluster, which is cut off; never the first, which identifies
    the codecs."""
    clusters = [match.start() for match in _CLUSTER.finditer(content, 0, head.length)]
    landing = _CLUSTER.search(content, tail.first)
    if len(clusters) < 2 or landing is None:
        return []
    patches, first = [], clusters[-1]
    while first < landing.start():
        length = min(_MAX_VOID_BYTES, landing.start() - first)
        if 0 < landing.start() - first - length < _VOID_HEADER_BYTES:
            length -= _VOID_HEADER_BYTES  # the remainder must have room for a header
        size = (length - _VOID_HEADER_BYTES).to_bytes(7, "big")
        patches.append(Patch(first, b"\xec\x01" + size))
        first += length
    return patches


def _plan_free_box(content: bytes | mmap, *, head: ByteRange, tail: ByteRange) -> list[Patch]:
    """Overwrite the data of the last fragment whose `moof` is complete. The `moof` itself stays,
    because it holds the frames' timestamps; with a cut-off `moof`, ffprobe did not recognise the
    file as a video."""
    firsts = (_find_box_end(content, match.start()) for match in _FRAGMENT.finditer(content, 0, head.length))
    whole = deque((first for first in firsts if first + _FREE_HEADER_BYTES <= head.length), maxlen=1)
    landing = _FRAGMENT.search(content, tail.first + _SIZE_BYTES)
    if not whole or landing is None:
        return []
    length = landing.start() - _SIZE_BYTES - whole[0]
    return [Patch(whole[0], b"\x00\x00\x00\x01free" + length.to_bytes(8, "big"))]


def _find_box_end(content: bytes | mmap, type_at: int) -> int:
    start = type_at - _SIZE_BYTES
    return start + int.from_bytes(content[start:type_at], "big")
