"""Size and orientation of the picture, as stored and as shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from videoforge_media.crop import Crop
from videoforge_media.probe_fields import find_display_size, read_pixel_aspect, read_rotation


@dataclass(frozen=True)
class Shape:
    """`width` and `height` are those shown: cropped, upright, with square pixels."""

    coded_width: int
    coded_height: int
    pixel_aspect: Fraction
    rotation_degrees: int
    is_rotation_odd: bool
    width: int
    height: int
    crop: Crop | None


def read_shape(video: Mapping[str, Any], *, crop: Crop | None) -> Shape:
    turn, is_odd = read_rotation(video)
    coded_width, coded_height = int(video.get("width") or 0), int(video.get("height") or 0)
    aspect = read_pixel_aspect(video.get("sample_aspect_ratio"))
    stored = (coded_width, coded_height)
    if crop:
        stored, aspect = (crop.width, crop.height), crop.pixel_aspect or aspect
    width, height = find_display_size(*stored, aspect=aspect, rotation_degrees=turn)
    return Shape(coded_width, coded_height, aspect, turn, is_odd, width, height, crop)
