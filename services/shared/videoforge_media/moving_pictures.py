"""Distinguishes animated GIF and WebP, which are silent videos, from still pictures.

ffprobe counts a GIF's frames by itself; it does not support animated WebP, while the encoder's
FFmpeg reads it (`webp_anim`, since 9.0). So what ffprobe would print is built here from the chunks'
headers alone ("WebP Container Specification"; GIF89a, 17 to 27).
"""

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, BinaryIO, Final

from videoforge.problem_codes import Code
from videoforge_media.errors import MediaRejected
from videoforge_media.length import KEPT_SHARE
from videoforge_media.magic import Container

_RIFF_SIZE_AT: Final = 4
_RIFF_HEAD_BYTES: Final = 12
#: in an ANMF chunk: position and size of the frame, 3 bytes each, its milliseconds, flags, and its
#: own chunks
_FRAME_SIZE_AT: Final = 6
_FRAME_DURATION_AT: Final = 12
_FRAME_FLAGS_AT: Final = 15
_FRAME_CHUNK_AT: Final = 16
_IS_CLEARED_AFTER, _IS_NOT_BLENDED = 0x01, 0x02
#: in a lossless picture: after its signature, width and height of 14 bits each
_LOSSLESS_BITS_AT: Final = _FRAME_CHUNK_AT + 9
_LOSSLESS_ALPHA: Final = 1 << 28
#: as many bytes of a chunk as any reader here needs
_BODY_BYTES: Final = 32
#: the default of browsers and FFmpeg for a frame without a duration
_UNSTATED_MS: Final = 100
_MAX_BLOCKS: Final = 1_000_000

_GIF_HEAD_BYTES: Final = 13
_GIF_IMAGE, _GIF_EXTENSION = 0x2C, 0x21


def refuse_still(file: BinaryIO, *, container: Container | None, size_bytes: int) -> None:
    """Raise MediaRejected for a GIF or WebP with a single picture."""
    if container == "gif":
        is_still = _count_gif_images(file, limit=2) < 2
    elif container == "webp":
        is_still = len(_list_webp_frames(file, size_bytes=size_bytes)) < 2
    else:
        return
    if is_still:
        raise MediaRejected(Code.still_image)


def describe_webp(file: BinaryIO, *, size_bytes: int) -> dict[str, Any]:
    """Return ffprobe's JSON for an animated WebP. Raises MediaRejected if too much is missing."""
    file.seek(_RIFF_SIZE_AT)
    stated_bytes = _RIFF_SIZE_AT + 4 + int.from_bytes(file.read(4), "little")
    if size_bytes < stated_bytes * KEPT_SHARE:
        raise MediaRejected(Code.truncated_media, "The end of the file is missing.")
    frames = _list_webp_frames(file, size_bytes=size_bytes)
    total = sum(frames)
    average, grid = Fraction(1000 * len(frames), total), Fraction(1000, math.gcd(*frames))
    width, height = _read_webp_size(file)
    stream = {
        "index": 0,
        "codec_type": "video",
        "codec_name": "webp",
        "width": width,
        "height": height,
        "pix_fmt": "yuva420p" if _is_webp_transparent(file) else "yuv420p",
        "r_frame_rate": f"{grid.numerator}/{grid.denominator}",
        "avg_frame_rate": f"{average.numerator}/{average.denominator}",
        "nb_frames": str(len(frames)),
        "duration": f"{total / 1000:.3f}",
    }
    return {"streams": [stream], "format": {"format_name": "webp", "duration": stream["duration"]}}


def _list_webp_frames(file: BinaryIO, *, size_bytes: int) -> list[int]:
    """Return the milliseconds of each complete frame."""
    return [
        int.from_bytes(body[_FRAME_DURATION_AT : _FRAME_DURATION_AT + 3], "little") or _UNSTATED_MS
        for kind, body, end in _list_chunks(file)
        if kind == b"ANMF" and end <= size_bytes
    ]


def _is_webp_transparent(file: BinaryIO) -> bool:
    """Return whether any shown picture is transparent. Frames of an opaque animation may have alpha
    too: it marks what did not change."""
    canvas = _read_webp_size(file)
    is_opaque = False
    for kind, body, _ in _list_chunks(file):
        if kind != b"ANMF":
            continue
        has_alpha, flags = _has_frame_alpha(body), int.from_bytes(body[_FRAME_FLAGS_AT:_FRAME_CHUNK_AT])
        if not has_alpha and _read_size(body, at=_FRAME_SIZE_AT) == canvas:
            is_opaque = True
        elif has_alpha and flags & _IS_NOT_BLENDED:
            is_opaque = False
        if not is_opaque:
            return True
        is_opaque = not flags & _IS_CLEARED_AFTER
    return False


def _has_frame_alpha(body: bytes) -> bool:
    kind = body[_FRAME_CHUNK_AT : _FRAME_CHUNK_AT + 4]
    bits = int.from_bytes(body[_LOSSLESS_BITS_AT : _LOSSLESS_BITS_AT + 4], "little")
    return kind == b"ALPH" or (kind == b"VP8L" and bool(bits & _LOSSLESS_ALPHA))


def _read_size(body: bytes, *, at: int) -> tuple[int, int]:
    """Return width and height, each stored minus one in 3 bytes."""
    return int.from_bytes(body[at : at + 3], "little") + 1, int.from_bytes(
        body[at + 3 : at + 6], "little"
    ) + 1


def _read_webp_size(file: BinaryIO) -> tuple[int, int]:
    """Return the canvas size, from VP8X after four bytes of flags."""
    body = next((body for kind, body, _ in _list_chunks(file) if kind == b"VP8X"), bytes(16))
    return _read_size(body, at=4)


def _list_chunks(file: BinaryIO) -> Iterator[tuple[bytes, bytes, int]]:
    """Yield type, first bytes and end of the RIFF chunks."""
    position = _RIFF_HEAD_BYTES
    for _ in range(_MAX_BLOCKS):
        file.seek(position)
        header = file.read(8 + _BODY_BYTES)
        if len(header) < 8 or not header[:4].strip(b"\0"):
            return
        size = int.from_bytes(header[4:8], "little")
        yield header[:4], header[8:], position + 8 + size
        position += 8 + size + size % 2


def _count_gif_images(file: BinaryIO, *, limit: int) -> int:
    file.seek(0)
    head = file.read(_GIF_HEAD_BYTES)
    if len(head) < _GIF_HEAD_BYTES:
        return 0
    file.seek(_find_table_bytes(head[10]), 1)
    images = 0
    for _ in range(_MAX_BLOCKS):
        kind = file.read(1)
        if kind == bytes([_GIF_IMAGE]):
            about = file.read(9)
            file.seek(_find_table_bytes(about[8]) + 1 if len(about) == 9 else 0, 1)
            images += 1
        elif kind == bytes([_GIF_EXTENSION]):
            file.seek(1, 1)
        else:
            break
        if images == limit:
            break
        _skip_blocks(file)
    return images


def _find_table_bytes(flags: int) -> int:
    """Return the size of the colour table that the flags announce."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _skip_blocks(file: BinaryIO) -> None:
    for _ in range(_MAX_BLOCKS):
        size = file.read(1)
        if size in {b"", b"\0"}:
            return
        file.seek(size[0], 1)
