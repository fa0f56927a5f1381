"""Edits of MP4 files whose index is at their end, so that no offset changes (ISO/IEC 14496-12)."""

import struct
from collections.abc import Iterator

#: size of what precedes the boxes inside these
_HEADS = {b"stsd": 8, b"avc1": 78, b"hvc1": 78}


def build_box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


def build_aperture(width: int, height: int, *, right: int = 0, down: int = 0) -> bytes:
    """Return `clap`: the size shown, and the offset of its centre from the picture's."""
    return build_box(b"clap", struct.pack(">IIIIiIiI", width, 1, height, 1, right, 1, down, 1))


def insert(content: bytes, *path: bytes, added: bytes) -> bytes:
    """Return the file with boxes added at the end of the first box at this path of types."""
    parts, is_done = [], False
    for kind, body in _split(content):
        if kind == path[0] and not is_done:
            is_done = True
            head, inner = body[: _HEADS.get(kind, 0)], body[_HEADS.get(kind, 0) :]
            inner = insert(inner, *path[1:], added=added) if len(path) > 1 else inner + added
            body = head + inner
        parts.append(build_box(kind, body))
    assert is_done
    return b"".join(parts)


def _split(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at < len(content):
        size, kind = struct.unpack_from(">I4s", content, at)
        yield kind, content[at + 8 : at + size]
        at += size
