"""Captions that are hidden in the pictures themselves: CEA-608 and CEA-708, as ATSC A/53 part 4 carries them.

H.264, H.265, AV1 and MPEG-2 have room for such bytes with each picture. ffprobe finds them only when it
decodes (`closed_captions` is 0 after a look at the headers alone), so that they are looked for in the file
by the eight bytes they begin with, which no container changes. Broadcast sends this room with
every picture, with captions or without: what counts is that there is something in it.

Eight places of half a megabyte are read, 2 ms in all, whatever the file's size. Captions that come only
between those places are not seen.
"""

from collections.abc import Iterator
from typing import BinaryIO, Final

#: codecs whose pictures can carry captions
CAPTIONED_CODECS: Final = {"h264", "hevc", "vvc", "av1", "mpeg2video"}

_LOOKS: Final = 8
_LOOK_BYTES: Final = 1 << 19
#: "GA94" and the type of user data, 3; before it ITU-T T.35's country and provider, or MPEG-2's start code
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
    """Return whether any picture at the places looked at carries a character or a command."""
    last = max(0, size_bytes - _LOOK_BYTES)
    for first in sorted({index * last // (_LOOKS - 1) for index in range(_LOOKS)}):
        file.seek(first)
        content = file.read(_LOOK_BYTES)
        if any(_holds_captions(content, at=at) for at in _list_marks(content)):
            return True
    return False


def _list_marks(content: bytes) -> Iterator[int]:
    """Yield where the data begins behind each mark."""
    at = content.find(_MARK)
    while at >= 0:
        if content[max(0, at - 4) : at].endswith(_BEFORE):
            yield at + len(_MARK)
        at = content.find(_MARK, at + 1)


def _holds_captions(content: bytes, *, at: int) -> bool:
    """Read `cc_data` (CTA-708-E, 4.3): flags with a count, a byte to skip, then three bytes for each pair."""
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
