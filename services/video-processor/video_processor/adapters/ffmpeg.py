"""Runs ffmpeg in its cage, reads its report and ends it when it must end.

ffmpeg gets a process group of its own, no input, an empty environment and the limits of
videoforge_media.cage. It is ended by SIGTERM and, a second later, SIGKILL, both to the whole group: what it
leaves is thrown away, and one that hangs hears no SIGTERM.
"""

import asyncio
import os
import re
import shlex
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from video_processor.adapters.ffmpeg_args import (
    build_encode_arguments,
    build_mp4_arguments,
    build_storyboard_arguments,
)
from video_processor.domain.encode_job import EncodeJob
from video_processor.domain.machine import build_scratch_full, explain_os_error
from video_processor.domain.progress import FfmpegReport, ReportReader
from video_processor.domain.storyboard import StoryboardLayout
from video_processor.errors import UNDECODABLE, EncodeFailed, ProcessorFault, TaskFailed
from video_processor.ports import FfmpegRun
from videoforge.logs import get_logger
from videoforge_media.cage import CageLimits, build_caged_command

log = get_logger("FFMPEG")

_KILL_AFTER_SECONDS: Final = 1.0
_STDERR_TAIL_BYTES: Final = 8192
#: what an allocation that met the address-space limit looks like; 187 is AVERROR_EXTERNAL from x264,
#: 244 is AVERROR(ENOMEM)
_MEMORY_WORDS: Final = re.compile(r"(?i)cannot allocate memory|malloc of size|out of memory|error code -12\b")
_MEMORY_EXITS: Final = {244}
#: more than two thirds of the packets could not be decoded (ffmpeg's -max_error_rate)
_UNDECODABLE_EXIT: Final = 69
#: how the launcher ends where the cage, the program or a library of its could not be had
_CAGE_EXITS: Final = {125, 127}
#: Beside services that answer people on the same machine, encodes take what these leave of the CPU. Without
#: it an API request waited 2.5 s for its turn at the database, and was refused (load 14 on two cores).
_NICENESS: Final = 10
#: ffmpeg's exits for what a machine lacks and another may have: EIO, ENXIO, EAGAIN, EBUSY, ENFILE, EMFILE
_MACHINE_EXITS: Final = {256 - number for number in (5, 6, 11, 16, 23, 24)}
_DISK_WORDS: Final = re.compile(r"(?i)no space left on device|disk quota exceeded")


@dataclass(frozen=True)
class FfmpegLimits:
    address_space_bytes: int
    wall_seconds: float
    stall_seconds: float
    file_size_bytes: int = 64 << 30

    def build_cage(self) -> CageLimits:
        """All threads at full speed for the whole wall time, and no more."""
        cpu_seconds = int(self.wall_seconds * (os.cpu_count() or 1))
        return CageLimits(self.address_space_bytes, cpu_seconds, self.file_size_bytes, _NICENESS)


class CagedFfmpeg:
    """Meets the Ffmpeg port. Calls may run side by side."""

    def __init__(self, program: str, *, limits: FfmpegLimits) -> None:
        self._program = program
        self._limits = limits

    async def encode(
        self, job: EncodeJob, *, on_report: Callable[[FfmpegReport], None] | None = None
    ) -> FfmpegRun:
        return await self.run(build_encode_arguments(job), on_report=on_report)

    async def copy_to_mp4(self, video: Path, *, audio: Path | None, target: Path) -> FfmpegRun:
        return await self.run(build_mp4_arguments(video=video, audio=audio, target=target))

    async def make_sheets(self, video: Path, *, layout: StoryboardLayout, pattern: Path) -> FfmpegRun:
        return await self.run(build_storyboard_arguments(video=video, layout=layout, target_pattern=pattern))

    async def run(
        self, arguments: list[str], *, on_report: Callable[[FfmpegReport], None] | None = None
    ) -> FfmpegRun:
        """Run ffmpeg with these arguments to its end. Raises EncodeFailed, ScratchFull and ProcessorFault."""
        command = [self._program, *arguments]
        log.info("ffmpeg starts", command=shlex.join(command))
        started = time.monotonic()
        try:
            process = await asyncio.create_subprocess_exec(
                *build_caged_command(command, limits=self._limits.build_cage()),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env={},
                start_new_session=True,
            )
        except OSError as error:  # no process, no pipe or no memory is left
            raise explain_os_error(error) from error
        watch = _Watch(process, on_report=on_report)
        cpu = _CpuClock(process.pid)
        try:
            reason = await watch.wait(
                wall_seconds=self._limits.wall_seconds, stall_seconds=self._limits.stall_seconds, cpu=cpu
            )
        finally:
            await _end_group(process)
        run = FfmpegRun(
            wall_seconds=time.monotonic() - started,
            cpu_seconds=cpu.seconds,
            last_report=watch.last_report,
            stderr_tail=watch.stderr_tail,
        )
        code = process.returncode or 0
        log.info("ffmpeg ended", exit_code=code, seconds=round(run.wall_seconds, 3), reason=reason)
        failure = reason or explain_exit(code, stderr=run.stderr_tail)
        if failure:
            log.error("ffmpeg failed", reason=failure, exit_code=code, stderr=run.stderr_tail)
            certain = is_certain(code, failure=failure)
            raise _build_failure(failure, stderr=run.stderr_tail, certain=certain)
        return run


def explain_exit(code: int, *, stderr: str) -> str | None:
    """Return the error code that fits an exit, or None for a clean one. ffmpeg exits 0 on a full disk."""
    if _DISK_WORDS.search(stderr):
        return "scratch_full"
    if code == 0:
        return None
    if code in _CAGE_EXITS:
        return "processor_fault"
    if code in _MEMORY_EXITS or _MEMORY_WORDS.search(stderr):
        return "encode_out_of_memory"
    if code == _UNDECODABLE_EXIT:
        return UNDECODABLE
    return "encode_failed"


_HINTS: Final = {
    "encode_out_of_memory": "Try a smaller format, or ask the operator for more memory.",
    "encode_failed": "Try the job again. If it ends so once more, convert the file to MP4 and upload that.",
    "encode_stalled": "Try the job again.",
    "encode_timeout": "Try fewer or smaller formats.",
}


def is_certain(code: int, *, failure: str) -> bool:
    """Whether ffmpeg itself gave up, and not for want of something: with the same input it does so again. One
    that was killed, by a signal or the kernel, may have had bad luck."""
    return failure in {UNDECODABLE, "encode_failed"} and code > 0 and code not in _MACHINE_EXITS


_SENTENCES: Final = {
    "encode_out_of_memory": "Encoding the video needed more memory than allowed.",
    UNDECODABLE: "Most of the video cannot be decoded: its data is damaged.",
    "encode_failed": "The video could not be encoded.",
    "encode_stalled": "The encoder stopped making progress.",
    "encode_timeout": "Encoding the video took longer than allowed.",
}


def _build_failure(code: str, *, stderr: str, certain: bool) -> TaskFailed:
    if code == "scratch_full":
        return build_scratch_full()
    if code == "processor_fault":
        return ProcessorFault("processor_fault", "The machine cannot run ffmpeg.")
    return EncodeFailed(code, _SENTENCES[code], hint=_HINTS.get(code), stderr_tail=stderr, is_certain=certain)


class _CpuClock:
    """The CPU seconds of a running process and its threads, from /proc; the last look before its end."""

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


class _Watch:
    """Reads both pipes, and decides when a run has gone on for too long."""

    def __init__(
        self, process: asyncio.subprocess.Process, *, on_report: Callable[[FfmpegReport], None] | None
    ) -> None:
        self._process = process
        self._on_report = on_report
        self._moved_at = time.monotonic()
        self.last_report: FfmpegReport | None = None
        self._stderr = b""

    @property
    def stderr_tail(self) -> str:
        return self._stderr.decode(errors="replace").strip()

    async def wait(self, *, wall_seconds: float, stall_seconds: float, cpu: _CpuClock) -> str | None:
        """Return None when ffmpeg ended by itself, else why it must be ended."""
        deadline = time.monotonic() + wall_seconds
        ended = asyncio.gather(self._read_reports(), self._read_errors(), self._process.wait())
        try:
            while True:
                done, _ = await asyncio.wait({ended}, timeout=0.5)
                cpu.look()
                if done:
                    await ended
                    return None
                if time.monotonic() > deadline:
                    return "encode_timeout"
                if time.monotonic() - self._moved_at > stall_seconds:
                    return "encode_stalled"
        finally:
            ended.cancel()
            await asyncio.gather(ended, return_exceptions=True)

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
        while chunk := await self._process.stderr.read(1 << 16):
            self._stderr = (self._stderr + chunk)[-_STDERR_TAIL_BYTES:]


async def _end_group(process: asyncio.subprocess.Process) -> None:
    """End the whole process group; shielded, since it runs when our own task is cancelled."""
    await asyncio.shield(_terminate(process))


async def _terminate(process: asyncio.subprocess.Process) -> None:
    for number, patience in ((signal.SIGTERM, _KILL_AFTER_SECONDS), (signal.SIGKILL, _KILL_AFTER_SECONDS)):
        if process.returncode is not None:
            return
        try:
            os.killpg(process.pid, number)
            await asyncio.wait_for(process.wait(), patience)
        except ProcessLookupError:
            return
        except TimeoutError:
            continue
