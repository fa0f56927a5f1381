"""The table at the end: the results for each video, how long they took, and what was skipped and why."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from demo.workflow import FinishedClip

_NUMBERS = ("size", "resolution", "duration", "bit rate", "seconds taken", "speed")


def print_report(console: Console, finished: Sequence[FinishedClip]) -> None:
    """Print the table, then the skipped formats and warnings, a line each."""
    table = Table("video", "format", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))  # fits 80 columns
    for column in _NUMBERS:
        table.add_column(column, justify="right", no_wrap=column != "seconds taken")
    for result in finished:
        for row in list_rows(result):
            table.add_row(*row)
        table.add_section()
    console.print(table)
    for line in (line for result in finished for line in list_notes(result)):
        console.print(line, highlight=False)


def list_rows(result: FinishedClip) -> Iterator[tuple[str, ...]]:
    """Yield a row for each format; time and speed are those of the job, which makes all formats at once."""
    taken_seconds = measure_seconds(result.job)
    speed = float(result.video["duration_seconds"]) / max(taken_seconds, 0.001)
    for index, rendition in enumerate(result.playback.renditions):
        is_first = index == 0
        mp4 = rendition.mp4
        yield (
            result.clip.title if is_first else "",
            rendition.format,
            f"{mp4.size_bytes / 1e6:.2f} MB",
            f"{mp4.width}×{mp4.height}",
            f"{mp4.duration_seconds:.2f} s",
            f"{rendition.bitrate_bps / 1e6:.2f} Mbps",
            f"{taken_seconds:.1f}" if is_first else "",
            f"{speed:.2f}×" if is_first else "",
        )


def list_notes(result: FinishedClip) -> Iterator[str]:
    """Yield what a user should know besides the table."""
    for skipped in result.job["skipped"]:
        yield f"{result.clip.title}: {skipped['format']} skipped. {skipped['reason']}"
    for warning in result.job["warnings"]:
        yield f"{result.clip.title}: {warning['message']}"
    frames = ", ".join(f"{rendition.format} {rendition.frames}" for rendition in result.playback.renditions)
    yield (
        f"{result.clip.title}: {result.playback.segment_count} segments fetched, "
        f"HLS and MP4s decoded from start to end ({frames} frames)."
    )


def measure_seconds(job: dict[str, Any]) -> float:
    """Return the seconds from the request to the published result, on the server's clock."""
    begun, ended = (datetime.fromisoformat(job[name]) for name in ("created_at", "completed_at"))
    return (ended - begun).total_seconds()
