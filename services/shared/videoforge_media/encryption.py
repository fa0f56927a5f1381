"""Whether a file is encrypted, according to its container.

Checked before ffprobe, which either reports the original codec instead of `encv` (the picture then
seems damaged when decoded) or calls the file invalid (fragmented, with a key from a licence
server). Only headers are read: under a millisecond, whatever the file's size.
"""

from typing import BinaryIO, Final

from videoforge_media.boxes import list_sample_entries
from videoforge_media.ebml import find_elements, list_tracks
from videoforge_media.magic import Container
from videoforge_media.transport_stream import find_packet_grid

#: Sample entries of Common Encryption (ISO/IEC 23001-7) and of iTunes; if a packager kept the
#: codec's own name, its protection scheme is inside the entry.
_ENCRYPTED_ENTRIES: Final = {b"encv", b"enca", b"drmi", b"drms"}
_PROTECTION_SCHEME: Final = b"sinf"

#: RFC 9559, 5.1.4.1.31: ContentEncodings, ContentEncoding, ContentEncryption
_CONTENT_ENCRYPTION: Final = (0x6D80, 0x6240, 0x5035)

#: ASF's header object, and in it the Content Encryption and the Extended Content Encryption Object
_ASF_HEADER_BYTES: Final = 30
_ASF_MAX_OBJECTS: Final = 1000
_ASF_ENCRYPTED: Final = {
    bytes.fromhex("fbb31122 23bdd211 b4b700a0 c955fc6e"),
    bytes.fromhex("14e68a29 2226174c b935dae0 7ee9289c"),
}

#: how much of a transport stream is read, at its start and in its middle
_TS_LOOK_BYTES: Final = 1 << 20
_TS_SYNC: Final = 0x47
_TS_NULL_PID: Final = 0x1FFF
_TS_MIN_PACKETS: Final = 20


def is_encrypted(file: BinaryIO, *, container: Container | None, size_bytes: int) -> bool:
    """Return whether the picture or the sound of the file needs a key."""
    if container == "mp4":
        return _is_mp4_encrypted(file, size_bytes=size_bytes)
    if container == "matroska":
        return _is_matroska_encrypted(file, size_bytes=size_bytes)
    if container == "asf":
        return _is_asf_encrypted(file)
    if container == "mpegts":
        return any(_is_scrambled(file, first=first) for first in (0, size_bytes // 2))
    return False


def _is_mp4_encrypted(file: BinaryIO, *, size_bytes: int) -> bool:
    for entry in list_sample_entries(file, size_bytes=size_bytes):
        if entry.box.kind in _ENCRYPTED_ENTRIES:
            return True
        if entry.handler == b"vide" and any(box.kind == _PROTECTION_SCHEME for box in entry.list_parts(file)):
            return True
    return False


def _is_matroska_encrypted(file: BinaryIO, *, size_bytes: int) -> bool:
    return any(
        True
        for track in list_tracks(file, size_bytes=size_bytes)
        for _ in find_elements(file, *_CONTENT_ENCRYPTION, first=track.body_at, end=track.end)
    )


def _is_asf_encrypted(file: BinaryIO) -> bool:
    """Walk the objects of the header ("Advanced Systems Format", 3.1): 16 bytes of GUID, 8 of
    size."""
    file.seek(0)
    header = file.read(_ASF_HEADER_BYTES)
    position, end = _ASF_HEADER_BYTES, int.from_bytes(header[16:24], "little")
    for _ in range(_ASF_MAX_OBJECTS):
        file.seek(position)
        head = file.read(24)
        size = int.from_bytes(head[16:24], "little")
        if position >= end or len(head) < 24 or size < 24:
            return False
        if head[:16] in _ASF_ENCRYPTED:
            return True
        position += size
    return False


def _is_scrambled(file: BinaryIO, *, first: int) -> bool:
    """Return whether most packets at this place have their scrambling bits set (ISO/IEC 13818-1,
    2.4.3.3)."""
    file.seek(first)
    content = file.read(_TS_LOOK_BYTES)
    found = find_packet_grid(content)
    if found is None:
        return False
    start, size = found
    clear = scrambled = 0
    for at in range(start, len(content) - 3, size):
        is_packet = content[at] == _TS_SYNC and content[at + 3] & 0x10
        if not is_packet or (content[at + 1] & 0x1F) << 8 | content[at + 2] == _TS_NULL_PID:
            continue
        if content[at + 3] & 0xC0:
            scrambled += 1
        else:
            clear += 1
    return scrambled >= _TS_MIN_PACKETS and scrambled > clear
