"""Whether the key pictures of a Matroska file have other headers than the file's own, read from the
first bytes of each (its place is in the Cues).

A picture cannot change its size without a new sequence parameter set, which comes with a key
picture (ITU-T H.264, 7.4.1.2.1; H.265, 7.4.2.4.2). Anything unusual counts as a change, so that the
whole file is read.
"""

from collections.abc import Iterator
from typing import BinaryIO, Final

from videoforge_media.byte_ranges import ByteRange
from videoforge_media.ebml import Element, list_elements
from videoforge_media.matroska_cues import CLUSTER_HEAD_BYTES, Cue, list_inside
from videoforge_media.matroska_index import CLUSTER, MatroskaIndex
from videoforge_media.shape_changes import HEADER_UNITS, LENGTH_BYTES

#: enough for the parameter sets and an encoder's SEI text; and what of it may be the block's header
_HEAD_BYTES: Final = 2048
_BLOCK_HEAD_BYTES: Final = 64
#: a request for each; two hours with a key picture every two seconds have 3600
_MAX_KEYS: Final = 10_000
_SIMPLE_BLOCK, _BLOCK_GROUP, _BLOCK = 0xA3, 0xA0, 0xA1
#: after a block's track number: two bytes of time, then flags
_BLOCK_FLAGS_AT: Final = 2
_IS_LACED: Final = 0x06
#: which byte of CodecPrivate has the size of a unit's length in its last two bits (ISO/IEC 14496-15,
#: 5.3.3.1 and 8.3.3.1)
_LENGTH_AT: Final = {"h264": 4, "hevc": 21}
_LENGTH_MASK: Final = 3
#: the types of units with parts of a picture
_PICTURE_UNITS: Final = {"h264": range(1, 6), "hevc": range(32)}


def list_key_heads(index: MatroskaIndex, *, codec: str) -> list[ByteRange] | None:
    """Return the ranges that `has_own_headers_only` reads; None if it cannot tell anything."""
    track, length_at = index.track, _LENGTH_AT.get(codec)
    if length_at is None or len(track.codec_private) <= length_at or track.is_encoded:
        return None
    length_bytes = (track.codec_private[length_at] & _LENGTH_MASK) + 1
    if length_bytes != LENGTH_BYTES or len(index.cues) > _MAX_KEYS:
        return None
    return index.list_key_heads(length=_HEAD_BYTES)


def has_own_headers_only(file: BinaryIO, index: MatroskaIndex, *, codec: str) -> bool:
    """Return whether all sequence parameter sets in front of key pictures are in CodecPrivate
    too."""
    return all(_is_usual(_read_key_head(file, cue, index=index), index, codec=codec) for cue in index.cues)


def _is_usual(head: bytes, index: MatroskaIndex, *, codec: str) -> bool:
    for kind, unit in _list_units(head, codec=codec):
        if kind in _PICTURE_UNITS[codec]:
            return True
        if kind == HEADER_UNITS[codec][2] and (not unit or unit not in index.track.codec_private):
            return False
    return False


def _list_units(head: bytes, *, codec: str) -> Iterator[tuple[int, bytes]]:
    """Yield the type and the content of each unit; the content is empty if it is not complete."""
    shift, mask, _ = HEADER_UNITS[codec]
    at = 0
    while at + LENGTH_BYTES < len(head):
        first = at + LENGTH_BYTES
        end = first + int.from_bytes(head[at:first], "big")
        yield head[first] >> shift & mask, head[first:end] if end <= len(head) else b""
        at = end


def _read_key_head(file: BinaryIO, cue: Cue, *, index: MatroskaIndex) -> bytes:
    """Return the start of a key picture; nothing if it is not where the Cues say."""
    cluster = next(list_elements(file, first=cue.cluster_at, end=index.size_bytes), None)
    if cluster is None or cluster.id != CLUSTER or cue.block_at is None:
        return b""
    first = cluster.body_at + cue.block_at - cue.cluster_at - CLUSTER_HEAD_BYTES
    block = next(list_elements(file, first=first, end=cluster.end), None)
    if block is not None and block.id == _BLOCK_GROUP:
        block = next((part for part in list_inside(file, block) if part.id == _BLOCK), None)
    elif block is not None and block.id != _SIMPLE_BLOCK:
        block = None
    return _read_block(file, block, number=index.track.number) if block else b""


def _read_block(file: BinaryIO, block: Element, *, number: int) -> bytes:
    """Return the start of a block's content; nothing if it is of another track or contains several
    pictures."""
    file.seek(block.body_at)
    head = file.read(min(_HEAD_BYTES - _BLOCK_HEAD_BYTES, block.end - block.body_at))
    if not head or not head[0]:
        return b""
    length = 9 - head[0].bit_length()
    flags_at = length + _BLOCK_FLAGS_AT
    found = int.from_bytes(head[:length], "big") & (1 << 7 * length) - 1
    if len(head) <= flags_at or found != number or head[flags_at] & _IS_LACED:
        return b""
    return head[flags_at + 1 :]
