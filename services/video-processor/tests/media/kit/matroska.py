"""Edits of Matroska files, for lack of a program that writes such files (RFC 8794, RFC 9559)."""

from collections.abc import Iterator

SEGMENT, TRACKS, TRACK_ENTRY, VIDEO = 0x18538067, 0x1654AE6B, 0xAE, 0xE0
#: seek head and cues, whose offsets become wrong by an edit; without them a reader goes from
#: cluster to cluster
_OFFSETS = {0x114D9B74, 0x1C53BB6B}


def build_element(id: int, body: bytes) -> bytes:
    return id.to_bytes((id.bit_length() + 7) // 8, "big") + b"\x01" + len(body).to_bytes(7, "big") + body


def build_number(id: int, value: int) -> bytes:
    return build_element(id, value.to_bytes(8, "big"))


def insert(content: bytes, *path: int, added: bytes) -> bytes:
    """Return the file with elements added at the end of the first element at this path of ids."""
    parts, is_done = [], False
    for id, body in _split(content):
        if id in _OFFSETS:
            continue
        if id == path[0] and not is_done:
            is_done = True
            body = insert(body, *path[1:], added=added) if len(path) > 1 else body + added
        parts.append(build_element(id, body))
    assert is_done
    return b"".join(parts)


def _split(content: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(content):
        id_end = at + 9 - content[at].bit_length()
        length = 9 - content[id_end].bit_length()
        body_at = id_end + length
        mask = (1 << 7 * length) - 1
        size = int.from_bytes(content[id_end:body_at], "big") & mask
        end = len(content) if size == mask else body_at + size
        yield int.from_bytes(content[at:id_end], "big"), content[body_at:end]
        at = end
