"""What the tests found for each kind of source in chunks, as docs/chunks.md.

    python -m tests.chunk_report .local/chunks.jsonl docs/chunks.md

The tests in services/video-processor/tests/media (test_chunks.py, test_joints.py) each append a
JSON line to the file in CHUNK_RESULTS. The last line of a name counts. What is between the tables
is written here, beside the rule's own words (domain/one_piece.py).
"""

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

RESULTS_VARIABLE: Final = "CHUNK_RESULTS"
_HEAD: Final = """\
# Films in chunks

Written by `make chunk-table`. A film longer than 42 s is encoded in chunks of 6, 12, then 24 s
(`CHUNK_SECONDS`), by all processors that are free; what is joined must be the video that one piece
would have been.

## Which sources stay in one piece

A chunk is decoded from near its start, and its pictures keep the times that they have in the whole
source. So reading has to be able to start anywhere, and a picture's time and shape must not depend
on what was read before it. `prepare` decides that from the probe alone
(`services/video-processor/video_processor/domain/one_piece.py`), so the same source always gets the
same answer. One piece are:

- containers that are read from their start: all but MP4, QuickTime, Matroska, WebM, MPEG-TS, FLV,
  AVI and MXF;
- a transport stream whose time stamps jump, or whose first picture is not its first packet;
- pictures in another order than they are shown in, without times (B-frames in AVI);
- pictures that change their size or pixel aspect;
- a still picture that is shown as long as the sound lasts;
- a file that is cut off;
- key frames more than 12 s apart, at eight places in the film: all of that is decoded again for
  each chunk.

A chunk that turns out to lack a frame all the same, because of a damaged index for example, is
decoded once more from the source's start, and `assemble` refuses chunks that do not make one video.

## Frames

Each source is decoded twice with the encode's own commands, in one piece and in chunks of 6 s. The
frames that reach the encoder are compared bit by bit ("differ" counts those that are doubled,
missing, shifted or changed). Then both are encoded and joined, and every time stamp of the two MP4s
is compared to the tick, and each decoded frame by its PSNR: the lowest within half a second of a
joint, and the lowest elsewhere. They are two encodes, so equal frames differ by what the encoder
loses; that is as much far from the joints as at them. A frame shifted by one has 20 dB.
"""
_FRAMES_COLUMNS: Final = (
    "source",
    "what it is",
    "encoded as",
    "frames, one piece / chunks",
    "differ",
    "time stamps",
    "PSNR at joints / elsewhere",
)
_JOINTS: Final = """\
## Rate control at joints

Each rung has a ceiling and a buffer of two seconds of it. In any stretch of the video, across any
number of joints, there must be no more bits than the ceiling allows for its time and one buffer;
"fullest" is the most that a player has to hold, in buffers. A chunk after the first starts with
half of the buffer full, which is what x264 aims at for the end of the one before; with the option
`rate_control: bitrate` with 0.8. "Second before" and "second after" are the PSNR against the source
in the second before and after a joint, less that of one piece: the average over all joints, and the
one furthest from 0. "One piece at its key frames" is by how much the PSNR changes there from one
second to the next, the average without sign and the largest.

At constant quality, the default, the quality moves at joints no more than it does at one piece's
own key frames. At a plain bitrate it moves more: x264 begins each encode carefully, and the second
after a joint is worse than in one piece.
"""
_JOINTS_COLUMNS: Final = (
    "film",
    "joints",
    "fullest, one piece / chunks",
    "bits, chunks / one piece",
    "second before",
    "second after",
    "one piece at its key frames",
)


@dataclass(frozen=True)
class FramesRow:
    """`psnr` is machine-made too, but may differ in its last digit from one build of x264 to the
    next; all other cells must be the same in each run."""

    name: str
    source: str
    encoded_as: str
    frames: str = "–"
    differ: str = "–"
    time_stamps: str = "–"
    psnr: str = "–"

    def render(self) -> str:
        return _render(asdict(self).values())


@dataclass(frozen=True)
class JointsRow:
    name: str
    joints: str
    fullest: str
    bits: str
    before: str
    after: str
    own: str

    def render(self) -> str:
        return _render(asdict(self).values())


def _render(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def read_rows(lines: Iterable[str]) -> list[FramesRow | JointsRow]:
    """Return the rows, one for each name, in their order."""
    found = [json.loads(line) for line in lines if line.strip()]
    last = {(row["kind"], row["cells"]["name"]): row for row in found}
    rows = sorted(last.values(), key=lambda row: (row["order"], row["cells"]["name"]))
    return [(FramesRow if row["kind"] == "frames" else JointsRow)(**row["cells"]) for row in rows]


def keep(path: Path, row: FramesRow | JointsRow, *, order: int) -> None:
    """Append the row. `order` is its place in the table."""
    kind = "frames" if isinstance(row, FramesRow) else "joints"
    line = json.dumps({"kind": kind, "order": order, "cells": asdict(row)}, ensure_ascii=False)
    with path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")


def render(rows: Iterable[FramesRow | JointsRow]) -> str:
    """Return the page."""
    rows = list(rows)
    frames = [row.render() for row in rows if isinstance(row, FramesRow)]
    joints = [row.render() for row in rows if isinstance(row, JointsRow)]
    rule = "|---" * len(_FRAMES_COLUMNS) + "|"
    tables = [[_render(columns), rule] for columns in (_FRAMES_COLUMNS, _JOINTS_COLUMNS)]
    return "\n".join([_HEAD, *tables[0], *frames, "", _JOINTS, *tables[1], *joints, ""])


def main() -> int:
    source, target = map(Path, sys.argv[1:3])
    rows = read_rows(source.read_text(encoding="utf-8").splitlines()) if source.exists() else []
    target.write_text(render(rows), encoding="utf-8")
    return 0 if rows else 1


if __name__ == "__main__":
    sys.exit(main())
