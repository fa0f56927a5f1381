"""The tables of a Matroska or WebM file that tell where its key pictures are: the track of pictures
and the Cues (RFC 9559, 5.1.4 and 5.1.5).

Tables that leave a doubt are not used: those of several picture tracks, and cues whose times or
places do not rise. Times are seconds on the file's own clock.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import BinaryIO, Final, NamedTuple

from videoforge_media.ebml import TRACK_ENTRY, Element, find_elements, list_elements

#: a cluster's id and size before its content
CLUSTER_HEAD_BYTES: Final = 12
_TIMESTAMP_SCALE: Final = 0x2AD7B1
_TRACK_NUMBER, _TRACK_TYPE, _DEFAULT_DURATION = 0xD7, 0x83, 0x23E383
_CODEC_PRIVATE, _CONTENT_ENCODINGS = 0x63A2, 0x6D80
_CUE_POINT, _CUE_TIME, _CUE_POSITIONS = 0xBB, 0xB3, 0xB7
_CUE_TRACK, _CUE_CLUSTER, _CUE_RELATIVE = 0xF7, 0xF1, 0xF0
_PICTURE_TYPE: Final = 1
_NANOSECONDS: Final = 1_000_000_000
_DEFAULT_SCALE: Final = 1_000_000


class Cue(NamedTuple):
    """A key picture: when it is shown, where its cluster begins, and where at most its block does;
    None if that is not stated."""

    seconds: float
    cluster_at: int
    block_at: int | None


@dataclass(frozen=True)
class PictureTrack:
    """`default_seconds` is how long each picture is shown, 0 if that is not stated.
    `codec_private` contains the decoder's headers. `is_encoded` is set if blocks are compressed or
    lack their first bytes."""

    number: int
    default_seconds: float
    codec_private: bytes
    is_encoded: bool


def read_scale(file: BinaryIO, info: Element | None) -> float:
    """Return the seconds of a unit of the file's times."""
    scale = next(_list_numbers(file, info, _TIMESTAMP_SCALE), _DEFAULT_SCALE) if info else _DEFAULT_SCALE
    return scale / _NANOSECONDS


def read_picture_track(file: BinaryIO, tracks: Element | None) -> PictureTrack | None:
    """Return the only track of pictures; None if there are several or none."""
    found = []
    for entry in find_elements(file, TRACK_ENTRY, first=tracks.body_at, end=tracks.end) if tracks else ():
        parts = {part.id: part for part in list_inside(file, entry)}
        numbers = {
            name: parts[name].read_number(file) if name in parts else 0
            for name in (_TRACK_NUMBER, _TRACK_TYPE, _DEFAULT_DURATION)
        }
        if numbers[_TRACK_TYPE] != _PICTURE_TYPE:
            continue
        private = parts.get(_CODEC_PRIVATE)
        found.append(
            PictureTrack(
                number=numbers[_TRACK_NUMBER],
                default_seconds=numbers[_DEFAULT_DURATION] / _NANOSECONDS,
                codec_private=_read_body(file, private) if private else b"",
                is_encoded=_CONTENT_ENCODINGS in parts,
            )
        )
    return found[0] if len(found) == 1 else None


def read_cues(
    file: BinaryIO, cues: Element, *, track: PictureTrack, scale: float, base: int
) -> list[Cue] | None:
    """Return the picture's cues; None if their times or places do not rise, or if there are more
    than can be read."""
    body = io.BytesIO(_read_body(file, cues))  # two hours have 3600, each of ten small elements
    size, end = cues.end - cues.body_at, 0
    found: list[Cue] = []
    for point in list_elements(body, first=0, end=size):
        end = point.end
        if point.id != _CUE_POINT:
            continue
        seconds = next(_list_numbers(body, point, _CUE_TIME), 0) * scale
        for part in list_inside(body, point):
            if part.id == _CUE_POSITIONS:
                numbers = {each.id: each.read_number(body) for each in list_inside(body, part)}
                if numbers.get(_CUE_TRACK) == track.number and _CUE_CLUSTER in numbers:
                    found.append(_build_cue(numbers, seconds=seconds, base=base))
    is_rising = all(
        first.seconds < second.seconds and first.cluster_at <= second.cluster_at
        for first, second in pairwise(found)
    )
    return found if is_rising and end == size else None


def _build_cue(numbers: dict[int, int], *, seconds: float, base: int) -> Cue:
    cluster_at, relative = base + numbers[_CUE_CLUSTER], numbers.get(_CUE_RELATIVE)
    block_at = None if relative is None else cluster_at + CLUSTER_HEAD_BYTES + relative
    return Cue(seconds, cluster_at, block_at)


def _list_numbers(file: BinaryIO, parent: Element, wanted: int) -> Iterator[int]:
    return (part.read_number(file) for part in list_inside(file, parent) if part.id == wanted)


def list_inside(file: BinaryIO, parent: Element) -> Iterator[Element]:
    return list_elements(file, first=parent.body_at, end=parent.end)


def _read_body(file: BinaryIO, element: Element) -> bytes:
    file.seek(element.body_at)
    return file.read(element.end - element.body_at)
