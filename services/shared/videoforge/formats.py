"""The formats that a job can make. This table is their only definition: the ladder of a source
(videoforge_media/ladder.py), the formats that the API accepts and describes, and through the API's
description the web client all derive from it."""

from dataclasses import dataclass
from typing import Final, Literal, get_args

#: Largest first, as they are shown.
FormatName = Literal["4K", "1080p", "720p", "480p"]
FORMAT_NAMES: Final[tuple[FormatName, ...]] = get_args(FormatName)


@dataclass(frozen=True)
class Format:
    """A bounding box, which is rotated for an upright picture, and the ceiling of the bitrate."""

    name: FormatName
    long_side: int
    short_side: int
    bitrate_bps: int


#: lowest first
FORMATS: Final = (
    Format("480p", 854, 480, 1_000_000),
    Format("720p", 1280, 720, 2_000_000),
    Format("1080p", 1920, 1080, 4_000_000),
    Format("4K", 3840, 2160, 8_000_000),
)
