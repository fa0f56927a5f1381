"""Adds to ffprobe's first output what it leaves open, read from the file.

Each additional read happens only if the result depends on it: packets are counted if there are
several picture tracks, a transport stream's tables are read throughout the file. A plain file costs
nothing extra.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from videoforge_media.crop import Crop, find_crop, read_crops
from videoforge_media.extras import Mark, find_marks
from videoforge_media.frame_steps import (
    Steps,
    count_steps,
    has_single_steps,
    needs_steps,
    read_table_steps,
    refine_grid,
)
from videoforge_media.magic import Container
from videoforge_media.probe_fields import read_grid_rate
from videoforge_media.raw_stream import RawTimes, is_raw
from videoforge_media.track_choice import add_counts, choose_video, list_pictures, needs_counts
from videoforge_media.transport_stream import has_lasting_picture

#: key of what is added, next to ffprobe's own `streams`, `format` and `programs`
ADDED = "second_look"


@dataclass(frozen=True)
class SecondLook:
    """`count_packets` returns the picture tracks with their `nb_read_packets`, `list_times` the
    times of a stream's first packets."""

    path: Path
    container: Container | None
    size_bytes: int
    count_packets: Callable[[], list[dict[str, Any]]]
    list_times: Callable[[int], list[float]]
    measure_raw: Callable[[Mapping[str, Any]], RawTimes]

    def enrich(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Return ffprobe's output with the additions. Raises MediaRejected if there is no
        picture."""
        streams = document["streams"]
        if needs_counts(streams):
            streams = add_counts(streams, self.count_packets())
        video = choose_video(streams)
        raw = self.measure_raw(video) if is_raw(document.get("format") or {}) else None
        pictures = list_pictures(streams)
        ordinal = next(at for at, stream in enumerate(pictures) if stream["index"] == video["index"])
        steps = self._read_steps(ordinal)
        shown = raw.fill(video) if raw else refine_grid(video, steps)
        streams = [shown if stream is video else stream for stream in streams]
        added = {
            "raw_times": raw,
            "is_picture_lasting": self._is_picture_lasting(str(video.get("id"))),
            "crop": self._find_crop(shown, ordinal=ordinal),
            "has_single_steps": self._has_single_steps(shown, steps=steps),
            "marks": self._find_marks(codec=str(video.get("codec_name"))),
        }
        return {**document, "streams": streams, ADDED: added}

    def _find_crop(self, video: Mapping[str, Any], *, ordinal: int) -> Crop | None:
        with self.path.open("rb") as file:
            crops = read_crops(file, container=self.container, size_bytes=self.size_bytes)
        return find_crop(crops, ordinal=ordinal, video=video)

    def _read_steps(self, ordinal: int) -> Steps:
        if self.container != "mp4":
            return {}
        with self.path.open("rb") as file:
            return read_table_steps(file, ordinal=ordinal, size_bytes=self.size_bytes)

    def _has_single_steps(self, video: Mapping[str, Any], *, steps: Steps) -> bool:
        grid = read_grid_rate(video)
        if grid is None or not needs_steps(video):
            return False
        return has_single_steps(steps or count_steps(self.list_times(int(video["index"]))), grid=grid)

    def _find_marks(self, *, codec: str) -> frozenset[Mark]:
        with self.path.open("rb") as file:
            return find_marks(file, container=self.container, size_bytes=self.size_bytes, codec=codec)

    def _is_picture_lasting(self, stream_id: str) -> bool:
        """Return whether the picture continues in the same track until the file's end. `stream_id`
        is ffprobe's: for a transport stream the PID, in hexadecimal."""
        if self.container != "mpegts" or not stream_id.startswith("0x"):
            return True
        with self.path.open("rb") as file:
            return has_lasting_picture(file, pid=int(stream_id, 16), size_bytes=self.size_bytes)
