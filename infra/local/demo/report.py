"""The table at the end: what came out of each video, how long it took, and what was left out and why."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from infra.local.demo.story import Told

_NUMBERS = ("size", "resolution", "duration", "bit rate", "seconds taken", "speed")


def print_report(console: Console, stories: Sequence[Told]) -> None:
    """Print the table, then the skipped formats and warnings, a line each."""
    table = Table("video", "format", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))  # fits 80 columns
    for column in _NUMBERS:
        table.add_column(column, justify="right", no_wrap=column != "seconds taken")
    for story in stories:
        for row in list_rows(story):
            table.add_row(*row)
        table.add_section()
    console.print(table)
    for line in (line for story in stories for line in list_notes(story)):
        console.print(line, highlight=False)


def list_rows(story: Told) -> Iterator[tuple[str, ...]]:
    """Yield a row for each format; time and speed are the job's, which makes all formats at once."""
    taken_seconds = measure_seconds(story.job)
    speed = float(story.video["duration_seconds"]) / max(taken_seconds, 0.001)
    for index, rendition in enumerate(story.playback.renditions):
        is_first = index == 0
        mp4 = rendition.mp4
        yield (
            story.clip.title if is_first else "",
            rendition.format,
            f"{mp4.size_bytes / 1e6:.2f} MB",
            f"{mp4.width}×{mp4.height}",
            f"{mp4.duration_seconds:.2f} s",
            f"{rendition.bitrate_bps / 1e6:.2f} Mbps",
            f"{taken_seconds:.1f}" if is_first else "",
            f"{speed:.2f}×" if is_first else "",
        )


def list_notes(story: Told) -> Iterator[str]:
    """Yield what a user should know beside the table."""
    for skipped in story.job["skipped"]:
        yield f"{story.clip.title}: {skipped['format']} skipped. {skipped['reason']}"
    for warning in story.job["warnings"]:
        yield f"{story.clip.title}: {warning['message']}"
    frames = ", ".join(f"{rendition.format} {rendition.frames}" for rendition in story.playback.renditions)
    yield (
        f"{story.clip.title}: {story.playback.segment_count} segments fetched, "
        f"HLS and MP4s decoded from end to end ({frames} frames)."
    )


def measure_seconds(job: dict[str, Any]) -> float:
    """Return the seconds from the request to the published result, by the server's clock."""
    begun, ended = (datetime.fromisoformat(job[name]) for name in ("created_at", "completed_at"))
    return (ended - begun).total_seconds()
