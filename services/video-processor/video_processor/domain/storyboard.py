"""The preview pictures above a player's timeline: sprite sheets, and the WebVTT that locates a
tile.

    storyboard.vtt:  00:00:00.000 --> 00:00:02.000
                     storyboard-000.jpg#xywh=0,0,160,90

The cues use the media fragments that players' thumbnail plug-ins read (W3C "Media Fragments URI
1.0", 4.2.2). The pictures are key frames of our own encode, one per GOP, so nothing else has to be
decoded.
"""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from video_processor.domain.gop import count_gop_frames

TILE_LONG_SIDE: Final = 160
COLUMNS: Final = 5
ROWS: Final = 5
#: enough for a picture every 2 s in ten minutes; longer videos have fewer per minute
MAX_TILES: Final = 300


@dataclass(frozen=True)
class StoryboardLayout:
    """Every `gops_per_tile`-th key frame becomes a tile."""

    tile_width: int
    tile_height: int
    gops_per_tile: int
    tile_count: int
    gop_seconds: Fraction

    @property
    def interval_seconds(self) -> Fraction:
        return self.gops_per_tile * self.gop_seconds

    @property
    def sheet_count(self) -> int:
        return math.ceil(self.tile_count / (COLUMNS * ROWS))


def plan_storyboard(
    *, width: int, height: int, duration_seconds: float, frame_rate: Fraction
) -> StoryboardLayout:
    """Return the layout for a rendition of this size."""
    factor = TILE_LONG_SIDE / max(width, height)
    gop_seconds = count_gop_frames(frame_rate) / frame_rate
    # to the nearest frame, since the duration of many frames is rounded
    gops = max(1, math.ceil(round(duration_seconds * frame_rate) / count_gop_frames(frame_rate)))
    gops_per_tile = math.ceil(gops / MAX_TILES)
    return StoryboardLayout(
        tile_width=max(2, round(width * factor / 2) * 2),
        tile_height=max(2, round(height * factor / 2) * 2),
        gops_per_tile=gops_per_tile,
        tile_count=math.ceil(gops / gops_per_tile),
        gop_seconds=gop_seconds,
    )


def build_sheet_name(index: int) -> str:
    return f"storyboard-{index:03d}.jpg"


def build_storyboard_vtt(layout: StoryboardLayout, *, duration_seconds: float) -> str:
    """Return the WebVTT text; the last cue ends with the video."""
    lines = ["WEBVTT", ""]
    for index in range(layout.tile_count):
        start = float(index * layout.interval_seconds)
        end = min(float((index + 1) * layout.interval_seconds), duration_seconds)
        sheet, place = divmod(index, COLUMNS * ROWS)
        row, column = divmod(place, COLUMNS)
        x, y = column * layout.tile_width, row * layout.tile_height
        fragment = f"#xywh={x},{y},{layout.tile_width},{layout.tile_height}"
        lines += [f"{_clock(start)} --> {_clock(end)}", f"{build_sheet_name(sheet)}{fragment}", ""]
    return "\n".join(lines)


def _clock(seconds: float) -> str:
    milliseconds = round(seconds * 1000)
    hours, rest = divmod(milliseconds, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{hours:02d}:{minutes:02d}:{rest // 1000:02d}.{rest % 1000:03d}"
