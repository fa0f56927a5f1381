"""The part of the stored picture that a container wants shown: Matroska's PixelCrop, QuickTime's
`clap`.

It removes the black bars of a film on disc, or the blanking at the edges of a broadcast frame.
ffprobe and FFmpeg before 7.1 ignore it, later FFmpegs crop by themselves; the rest of VideoForge
has to use the same size as the encoder. So the container is read here, and the filter does nothing
where FFmpeg has already cropped.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, BinaryIO, Final

from videoforge_media.boxes import SampleEntry, list_sample_entries
from videoforge_media.ebml import Element, list_elements, list_tracks
from videoforge_media.magic import Container

#: anything smaller is a broken header, not a picture
_MIN_SIDE: Final = 16
#: offset of width and height in a picture's sample entry, 16 bits each
_ENTRY_SIZE_AT: Final = 24

_TRACK_TYPE: Final = 0x83
_PICTURE_TYPE: Final = 1
_VIDEO: Final = 0xE0
_WIDTH, _HEIGHT = 0xB0, 0xBA
_DISPLAY_WIDTH, _DISPLAY_HEIGHT = 0x54B0, 0x54BA
_BOTTOM, _TOP, _LEFT, _RIGHT = 0x54AA, 0x54BB, 0x54CC, 0x54DD


@dataclass(frozen=True)
class Crop:
    """Pixels of the stored picture, which is `of_width` × `of_height`. `pixel_aspect` is set if the
    container's display size implies it (RFC 9559, 5.1.4.1.28.14: it applies after the crop)."""

    left: int
    top: int
    width: int
    height: int
    of_width: int
    of_height: int
    pixel_aspect: Fraction | None = None

    @property
    def is_inside(self) -> bool:
        """Whether the crop is a part of the picture, and neither all of it nor almost nothing."""
        return (
            min(self.left, self.top) >= 0
            and min(self.width, self.height) >= _MIN_SIDE
            and self.left + self.width <= self.of_width
            and self.top + self.height <= self.of_height
            and (self.width, self.height) != (self.of_width, self.of_height)
        )

    def turn(self, degrees: int) -> "Crop":
        """Return the same part of the picture rotated clockwise, by a multiple of 90."""
        crop = self
        for _ in range(degrees // 90 % 4):
            below = crop.of_height - crop.top - crop.height
            crop = Crop(below, crop.left, crop.height, crop.width, crop.of_height, crop.of_width)
        return crop


def read_crops(file: BinaryIO, *, container: Container | None, size_bytes: int) -> list[Crop | None]:
    """Return the crop of each picture track, in the file's order; None for a track that is shown
    completely."""
    if container == "mp4":
        entries = list_sample_entries(file, size_bytes=size_bytes)
        found = [_read_aperture(entry, file) for entry in _keep_first(entries) if entry.handler == b"vide"]
    elif container == "matroska":
        tracks = list_tracks(file, size_bytes=size_bytes)
        found = [crop for track in tracks for crop in _read_pixel_crop(track, file)]
    else:
        return []
    return [crop if crop and crop.is_inside else None for crop in found]


def find_crop(crops: Sequence[Crop | None], *, ordinal: int, video: Mapping[str, Any]) -> Crop | None:
    """Return the crop of the picture track with this number, if it fits the size that ffprobe
    reports."""
    crop = crops[ordinal] if ordinal < len(crops) else None
    is_same = crop and (crop.of_width, crop.of_height) == (video.get("width"), video.get("height"))
    return crop if is_same else None


def build_crop_filters(crop: Crop | None, *, rotation_degrees: int) -> list[str]:
    """Return the filter that crops a picture that FFmpeg has already rotated upright. If FFmpeg has
    also cropped it, nothing is left to cut, and the filter passes the picture unchanged."""
    if crop is None:
        return []
    part = crop.turn(rotation_degrees)
    size = f"w=min(iw\\,{part.width}):h=min(ih\\,{part.height})"
    cut = f"crop={size}:x=min({part.left}\\,iw-ow):y=min({part.top}\\,ih-oh)"
    aspect = crop.pixel_aspect
    if aspect is None:
        return [cut]
    if rotation_degrees in {90, 270}:
        aspect = 1 / aspect
    # FFmpeg computes the pixel aspect from the size before the crop
    return [cut, f"setsar={aspect.numerator}/{aspect.denominator}"]


def _keep_first(entries: Iterator[SampleEntry]) -> Iterator[SampleEntry]:
    """Yield the first sample entry of each track."""
    last = None
    for entry in entries:
        if entry.track_at != last:
            yield entry
        last = entry.track_at


def _read_aperture(entry: SampleEntry, file: BinaryIO) -> Crop | None:
    """Read `clap` (ISO/IEC 14496-12, 12.1.4): width, height and the offset of the two centres, each
    as a fraction."""
    size = entry.box.read(file, 4, at=_ENTRY_SIZE_AT)
    box = next((part for part in entry.list_parts(file) if part.kind == b"clap"), None)
    body = box.read(file, 32) if box else b""
    if len(size) < 4 or len(body) < 32:
        return None
    of_width, of_height = struct.unpack(">2H", size)
    numbers = struct.unpack(">IIIIiIiI", body)
    if 0 in numbers[1::2]:
        return None
    width, height, right, down = (
        Fraction(top, bottom) for top, bottom in zip(numbers[::2], numbers[1::2], strict=True)
    )
    left, top = (of_width - width) / 2 + right, (of_height - height) / 2 + down
    return Crop(round(left), round(top), round(width), round(height), of_width, of_height)


def _read_pixel_crop(track: Element, file: BinaryIO) -> Iterator[Crop | None]:
    """Yield one result for a picture track, nothing for any other."""
    parts = list(list_elements(file, first=track.body_at, end=track.end))
    if not any(part.id == _TRACK_TYPE and part.read_number(file) == _PICTURE_TYPE for part in parts):
        return
    video = next((part for part in parts if part.id == _VIDEO), None)
    inside = list_elements(file, first=video.body_at, end=video.end) if video else iter(())
    numbers = {part.id: part.read_number(file) for part in inside}
    of_width, of_height = numbers.get(_WIDTH, 0), numbers.get(_HEIGHT, 0)
    left, top = numbers.get(_LEFT, 0), numbers.get(_TOP, 0)
    width = of_width - left - numbers.get(_RIGHT, 0)
    height = of_height - top - numbers.get(_BOTTOM, 0)
    display = (numbers.get(_DISPLAY_WIDTH, 0), numbers.get(_DISPLAY_HEIGHT, 0))
    crop = Crop(left, top, width, height, of_width, of_height)
    if not crop.is_inside:
        yield None
    else:
        aspect = _find_pixel_aspect(crop, display=display)
        yield Crop(left, top, width, height, of_width, of_height, pixel_aspect=aspect)


def _find_pixel_aspect(crop: Crop, *, display: tuple[int, int]) -> Fraction | None:
    """Return the pixel aspect. The display size applies to the cropped picture, but programs that
    add a crop leave it unchanged: then one of its sides equals a side of the stored picture that
    the crop has cut."""
    if 0 in display:
        return Fraction(1)  # no display size: square pixels
    is_outdated = any(
        shown == stored != cut
        for shown, stored, cut in zip(
            display, (crop.of_width, crop.of_height), (crop.width, crop.height), strict=True
        )
    )
    width, height = (crop.of_width, crop.of_height) if is_outdated else (crop.width, crop.height)
    return Fraction(display[0] * height, display[1] * width)
