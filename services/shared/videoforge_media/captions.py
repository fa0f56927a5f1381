"""Captions embedded in the pictures: CEA-608 and CEA-708, as carried by ATSC A/53 part 4.

H.264, H.265, AV1 and MPEG-2 can carry such bytes with each picture. ffprobe finds them only while
decoding (`closed_captions` is 0 if only headers are read), so the file is searched for the eight
bytes they start with, which no container changes. Broadcasts send this data with every picture,
with or without captions, so it only counts if it is not empty.

Eight places of half a megabyte are read, 2 ms in all, whatever the file's size. Captions that only
occur between those places are missed.
"""

from collections.abc import Iterator
from typing import BinaryIO, Final

from videoforge_media.byte_ranges import ByteRange

#: codecs whose pictures can carry captions
CAPTIONED_CODECS: Final = {"h264", "hevc", "vvc", "av1", "mpeg2video"}

_LOOKS: Final = 8
_LOOK_BYTES: Final = 1 << 19
#: "GA94" and the user data type 3; preceded by the country and provider codes of ITU-T T.35, or by
#: MPEG-2's start code
_MARK: Final = b"GA94\x03"
_BEFORE: Final = (b"\xb5\x00\x31", b"\x00\x00\x01\xb2")
_HAS_DATA: Final = 0x40
_COUNT: Final = 0x1F
_IS_VALID: Final = 0x04
_TYPE: Final = 0x03
#: types 0 and 1 are the two fields of CEA-608, whose bytes have a parity bit; 2 and 3 carry CEA-708
_FIELDS: Final = 2
_PARITY_MASK: Final = 0x7F


def has_captions(file: BinaryIO, *, size_bytes: int) -> bool:
    """Return whether any picture in the places read has a caption character or command."""
    for place in list_looks(size_bytes):
        file.seek(place.first)
        content = file.read(place.length)
        if any(_has_caption_data(content, at=at) for at in _list_marks(content)):
            return True
    return False


def list_looks(size_bytes: int, *, of_bytes: int = _LOOK_BYTES) -> list[ByteRange]:
    """Return the places that are read. `of_bytes` makes them shorter, for a file that is only
    partly here."""
    last = max(0, size_bytes - _LOOK_BYTES)
    firsts = sorted({index * last // (_LOOKS - 1) for index in range(_LOOKS)})
    return [ByteRange(first=first, length=min(_LOOK_BYTES, of_bytes, size_bytes - first)) for first in firsts]


def _list_marks(content: bytes) -> Iterator[int]:
    """Yield where the data after each mark starts."""
    at = content.find(_MARK)
    while at >= 0:
        if content[max(0, at - 4) : at].endswith(_BEFORE):
            yield at + len(_MARK)
        at = content.find(_MARK, at + 1)


def _has_caption_data(content: bytes, *, at: int) -> bool:
    """Read `cc_data` (CTA-708-E, 4.3): flags with a count, a byte to skip, then three bytes for
    each pair."""
    head = content[at : at + 2]
    if len(head) < 2 or not head[0] & _HAS_DATA:
        return False
    pairs = content[at + 2 : at + 2 + 3 * (head[0] & _COUNT)]
    return any(_is_filled(pairs[start : start + 3]) for start in range(0, len(pairs) - 2, 3))


def _is_filled(pair: bytes) -> bool:
    if not pair[0] & _IS_VALID:
        return False
    mask = _PARITY_MASK if pair[0] & _TYPE < _FIELDS else 0xFF
    return any(byte & mask for byte in pair[1:])
