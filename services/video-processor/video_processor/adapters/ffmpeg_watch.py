"""Supervises a running ffmpeg: reads its progress and its last output, measures its CPU time, and
ends its whole process group when necessary. Times are seconds."""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from typing import Any, Final

from video_processor.domain.progress import FfmpegReport, ReportReader
from videoforge.problem_codes import Code
from videoforge_media.source_index import is_complaint

#: between SIGTERM and SIGKILL, and after it
KILL_AFTER_SECONDS: Final = 1.0
_STDERR_TAIL_BYTES: Final = 8192


class CpuClock:
    """The CPU seconds of a running process and its threads, from /proc; the last reading before its
    end."""

    _TICKS: Final = os.sysconf("SC_CLK_TCK")

    def __init__(self, pid: int) -> None:
        self._path = f"/proc/{pid}/stat"
        self.seconds = 0.0

    def look(self) -> None:
        try:
            with open(self._path, encoding="ascii", errors="replace") as file:  # noqa: PTH123 - hot path
                fields = file.read().rpartition(")")[2].split()
        except OSError:
            return
        self.seconds = max(self.seconds, (int(fields[11]) + int(fields[12])) / self._TICKS)


class Watch:
    """Reads both pipes, and decides when a run has taken too long. `complaint` is the first line
    that says that the input could not be used; with `stops_at_complaint` it ends the run at once,
    before a segment with such pictures is complete (x264 holds back 30 of them)."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        *,
        on_report: Callable[[FfmpegReport], None] | None,
        stops_at_complaint: bool = False,
    ) -> None:
        self._process = process
        self._on_report = on_report
        self._stops_at_complaint = stops_at_complaint
        self._has_to_stop = asyncio.Event()
        self.complaint: str | None = None
        self._moved_at = time.monotonic()
        self.last_report: FfmpegReport | None = None
        self._stderr = b""

    @property
    def stderr_tail(self) -> str:
        return self._stderr.decode(errors="replace").strip()

    async def wait(self, *, wall_seconds: float, stall_seconds: float, cpu: CpuClock) -> Code | None:
        """Return None when ffmpeg ended by itself, otherwise why it must be ended."""
        deadline = time.monotonic() + wall_seconds
        ended = asyncio.gather(self._read_reports(), self._read_errors(), self._process.wait())
        stopped = asyncio.ensure_future(self._has_to_stop.wait())
        awaited: set[asyncio.Future[Any]] = {ended, stopped}
        try:
            while True:
                await asyncio.wait(awaited, timeout=0.5, return_when=asyncio.FIRST_COMPLETED)
                cpu.look()
                if ended.done():
                    await ended
                    return None
                if stopped.done():
                    return Code.encode_failed
                if time.monotonic() > deadline:
                    return Code.encode_timeout
                if time.monotonic() - self._moved_at > stall_seconds:
                    return Code.encode_stalled
        finally:
            ended.cancel()
            stopped.cancel()
            await asyncio.gather(ended, stopped, return_exceptions=True)

    async def _read_reports(self) -> None:
        reader = ReportReader()
        assert self._process.stdout is not None  # noqa: S101 - asked for above
        async for line in self._process.stdout:
            report = reader.feed(line.decode(errors="replace"))
            if report is None:
                continue
            before = self.last_report
            if before is None or (report.out_seconds, report.frame) != (before.out_seconds, before.frame):
                self._moved_at = time.monotonic()
            self.last_report = report
            if self._on_report:
                self._on_report(report)

    async def _read_errors(self) -> None:
        assert self._process.stderr is not None  # noqa: S101 - asked for above
        line = b""
        while chunk := await self._process.stderr.read(1 << 16):
            self._stderr = (self._stderr + chunk)[-_STDERR_TAIL_BYTES:]
            *lines, line = (line + chunk)[-_STDERR_TAIL_BYTES:].split(b"\n")
            self._note_complaint(lines)
        self._note_complaint([line])

    def _note_complaint(self, lines: list[bytes]) -> None:
        if self.complaint is None:
            texts = (line.decode(errors="replace") for line in lines)
            self.complaint = next((text for text in texts if is_complaint(text)), None)
        if self.complaint and self._stops_at_complaint:
            self._has_to_stop.set()


async def end_group(process: asyncio.subprocess.Process) -> None:
    """End the whole process group; shielded, because it runs while our own task is being
    cancelled."""
    await asyncio.shield(_terminate(process))


async def _terminate(process: asyncio.subprocess.Process) -> None:
    """Both pipes are read to their end: a process that waits for room in one would not notice the
    first signal, and one with more in it than fits our buffer would keep the pipe open."""
    for number, seconds in ((signal.SIGTERM, KILL_AFTER_SECONDS), (signal.SIGKILL, KILL_AFTER_SECONDS)):
        if process.returncode is not None:
            return
        try:
            os.killpg(process.pid, number)
            await asyncio.wait_for(process.communicate(), seconds)
        except ProcessLookupError:
            return
        except TimeoutError:
            continue
