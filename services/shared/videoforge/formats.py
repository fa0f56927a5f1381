"""The formats that a job can make. Their only home: the ladder of a source (videoforge_media/ladder.py), what
the API accepts, its description and through that the web client all follow from this table.
"""

from dataclasses import dataclass
from typing import Final, Literal, get_args

#: Largest first, as they are shown.
FormatName = Literal["4K", "1080p", "720p", "480p"]
FORMAT_NAMES: Final[tuple[FormatName, ...]] = get_args(FormatName)


@dataclass(frozen=True)
class Format:
    """A box, which stands on end for an upright picture, and the ceiling of the bitrate."""

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
