"""Shows uploads and jobs in progress: a bar per file and rendition on a terminal, plain lines elsewhere."""

import threading
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TaskProgressColumn, TextColumn

#: Without a terminal, a line is written each time a job has advanced by this much.
_STEP_PERCENT: Final = 25


class ProgressView(AbstractContextManager["ProgressView"]):
    """Shows several uploads and jobs at once; several threads may call its methods."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._is_live = console.is_terminal
        self._lock = threading.Lock()
        self._bars: dict[tuple[str, str], TaskID] = {}
        self._last_lines: dict[str, tuple[str, int]] = {}
        self._progress = Progress(
            SpinnerColumn(finished_text="✓"),
            TextColumn("{task.fields[title]}"),
            TextColumn("{task.description}"),
            BarColumn(bar_width=36),
            TaskProgressColumn(),
            TextColumn("{task.fields[note]}"),
            console=console,
            disable=not self._is_live,
        )

    def __enter__(self) -> "ProgressView":
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def show_upload(self, title: str, *, sent_bytes: int, size_bytes: int) -> None:
        """Show how much of a file has been uploaded."""
        percent = 100 * sent_bytes / max(size_bytes, 1)
        self._set_bar(title, "upload", percent=percent, note=f"{size_bytes / 1e6:.1f} MB")
        if percent >= 100:
            self._write_line(title, phase="uploaded", percent=100)

    def show_job(self, title: str, *, job: dict[str, Any]) -> None:
        """Show the state of a job: overall, and for each of its renditions."""
        self._set_bar(title, job["phase"], key="job", percent=job["progress_percent"], note=_describe(job))
        for rendition in job["renditions"]:
            self._set_bar(title, rendition["format"], percent=rendition["progress_percent"], note="")
        phase = f"waiting for the {job['waiting_for']}" if job["waiting_for"] else job["phase"]
        self._write_line(title, phase=phase, percent=job["progress_percent"])

    def _set_bar(self, title: str, name: str, *, percent: float, note: str, key: str = "") -> None:
        if not self._is_live:
            return
        with self._lock:
            place = (title, key or name)
            if place not in self._bars:
                self._bars[place] = self._progress.add_task(name, total=100, title=title, note=note)
            self._progress.update(self._bars[place], description=name, completed=percent, note=note)

    def _write_line(self, title: str, *, phase: str, percent: float) -> None:
        if self._is_live:
            return
        with self._lock:
            step = (phase, int(percent // _STEP_PERCENT))
            if self._last_lines.get(title) != step:
                self._last_lines[title] = step
                self._console.print(f"{title}: {phase}, {percent:.0f} %", highlight=False)


def _describe(job: dict[str, Any]) -> str:
    if job["waiting_for"]:
        return f"waiting for the {job['waiting_for']}"
    if job["status"] == "pending" and job["queue_position"]:
        return f"place {job['queue_position']} in the queue"
    speed = f"{job['speed']:.2f}× " if job["speed"] else ""
    left = f"{job['eta_seconds']:.0f} s left" if job["eta_seconds"] else ""
    return speed + left
