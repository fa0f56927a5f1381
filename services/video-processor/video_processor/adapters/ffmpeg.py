"""Runs ffmpeg in the sandbox, reads its progress reports, and ends it when necessary.

ffmpeg gets its own process group, no input, an empty environment and the limits of
videoforge_media.sandbox. It is ended by SIGTERM and, a second later, SIGKILL, both sent to the
whole group: its unfinished output is discarded, and a hung process ignores SIGTERM. An encode with
sound is two processes; the first sends the decoded sound to the second through a pipe.
"""

import asyncio
import contextlib
import os
import re
import shlex
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from video_processor.adapters.ffmpeg_args import (
    build_encode_arguments,
    build_mp4_arguments,
    build_sound_arguments,
    build_storyboard_arguments,
)
from video_processor.adapters.ffmpeg_watch import KILL_AFTER_SECONDS, CpuClock, Watch, end_group
from video_processor.domain.encode_job import EncodeJob
from video_processor.domain.machine import build_scratch_full, explain_os_error
from video_processor.domain.progress import FfmpegReport
from video_processor.domain.storyboard import StoryboardLayout
from video_processor.errors import EncodeFailed, HoleRead, ProcessorFault, SoundFailed, TaskFailed
from video_processor.ports import FfmpegRun
from videoforge.logs import get_logger
from videoforge.problem_codes import Code
from videoforge_media.sandbox import SandboxLimits, build_sandbox_command

log = get_logger("FFMPEG")

#: signs of an allocation that hit the address-space limit; 187 is AVERROR_EXTERNAL from x264, 244
#: is AVERROR(ENOMEM)
_MEMORY_WORDS: Final = re.compile(r"(?i)cannot allocate memory|malloc of size|out of memory|error code -12\b")
_MEMORY_EXITS: Final = {244}
#: more than two thirds of the packets could not be decoded (ffmpeg's -max_error_rate)
_UNDECODABLE_EXIT: Final = 69
#: the launcher's exit codes when the sandbox, the program or one of its libraries is unavailable
_SANDBOX_EXITS: Final = {125, 127}
#: On a machine that also runs the services, encodes use the CPU that these leave over. Without this
#: an API request waited 2.5 s for its turn at the database, and was refused (load 14 on two cores).
NICENESS: Final = 15
#: Light work goes before other encodes: ten steps give it nine times their share of a busy CPU
#: (setpriority(2), sched(7)).
LIGHT_NICENESS: Final = 5
#: ffmpeg's exit codes for resources that this machine lacks and another may have: EIO, ENXIO,
#: EAGAIN, EBUSY, ENFILE, EMFILE
_MACHINE_EXITS: Final = {256 - number for number in (5, 6, 11, 16, 23, 24)}
#: ffmpeg's names for the parts that process the sound: its input, graphs, encoder and output. The
#: picture's graphs are fc#0 and fc#1; a third one joins two tracks of sound.
_SOUND_PARTS: Final = re.compile(
    r"\[(?:aist|aost|af|fc#[2-9]|out#\d+/nut)\b[^\n]*(?:error rate|return code -)", re.I
)
_PICTURE_PARTS: Final = re.compile(
    r"\[(?:vist|vost|fc#[01]|out#\d+/hls)\b[^\n]*(?:error rate|return code -)", re.I
)
_DISK_WORDS: Final = re.compile(r"(?i)no space left on device|disk quota exceeded")


@dataclass(frozen=True)
class FfmpegLimits:
    address_space_bytes: int
    wall_seconds: float
    stall_seconds: float
    file_size_bytes: int = 64 << 30
    niceness: int = NICENESS

    def build_limits(self) -> SandboxLimits:
        """Return the sandbox's limits; the CPU time allows all cores at full speed for the whole
        wall time."""
        cpu_seconds = int(self.wall_seconds * (os.cpu_count() or 1))
        return SandboxLimits(self.address_space_bytes, cpu_seconds, self.file_size_bytes, self.niceness)


class SandboxedFfmpeg:
    """Implements the Ffmpeg port. Calls may run concurrently."""

    def __init__(self, program: str, *, limits: FfmpegLimits) -> None:
        self._program = program
        self._limits = limits

    async def encode(
        self, job: EncodeJob, *, on_report: Callable[[FfmpegReport], None] | None = None
    ) -> FfmpegRun:
        if not job.has_audio:
            process = await self._start(build_encode_arguments(job))
            return await self._wait_for(process, on_report=on_report, has_holes=job.has_holes)
        with _open_pipe() as (reading, writing):
            picture = await self._start(build_encode_arguments(job, sound_pipe=writing), passed_on=(writing,))
            try:
                sound = await self._start(build_sound_arguments(job), stdin=reading)
            except BaseException:
                await end_group(picture)
                raise
        # Our own ends of the pipe are closed by now, so each process notices at once when the other
        # ends.
        return await self._wait_for_both(picture, sound, on_report=on_report, has_holes=job.has_holes)

    async def _wait_for_both(
        self,
        picture: asyncio.subprocess.Process,
        sound: asyncio.subprocess.Process,
        *,
        on_report: Callable[[FfmpegReport], None] | None,
        has_holes: bool,
    ) -> FfmpegRun:
        """Wait for both. Raises SoundFailed if only the sound is at fault. The picture's process
        ends along with the sound's, since ffmpeg stops at the first output that fails."""
        sound_run = asyncio.create_task(self._wait_for(sound, has_to_move=False))
        try:
            try:
                run = await self._wait_for(picture, on_report=on_report, has_holes=has_holes)
            except EncodeFailed as error:
                await asyncio.wait({sound_run}, timeout=KILL_AFTER_SECONDS)
                raise choose_failure(error, sound=_find_failure(sound_run)) from error
            # all of the sound has been sent
            done, _ = await asyncio.wait({sound_run}, timeout=self._limits.stall_seconds)
            if not done:
                raise _build_failure(Code.encode_stalled, stderr="", certain=False)
            failure = _find_failure(sound_run)
            if failure and failure.is_certain:
                raise SoundFailed(stderr_tail=failure.stderr_tail)
            return replace(run, cpu_seconds=run.cpu_seconds + sound_run.result().cpu_seconds)
        finally:
            sound_run.cancel()
            await asyncio.gather(sound_run, return_exceptions=True)

    async def copy_to_mp4(self, video: Path, *, audio: Path | None, target: Path) -> FfmpegRun:
        return await self.run(build_mp4_arguments(video=video, audio=audio, target=target))

    async def make_sheets(self, video: Path, *, layout: StoryboardLayout, pattern: Path) -> FfmpegRun:
        return await self.run(build_storyboard_arguments(video=video, layout=layout, target_pattern=pattern))

    async def run(
        self, arguments: list[str], *, on_report: Callable[[FfmpegReport], None] | None = None
    ) -> FfmpegRun:
        """Run ffmpeg with these arguments until it ends. Raises EncodeFailed, ScratchFull and
        ProcessorFault."""
        return await self._wait_for(await self._start(arguments), on_report=on_report)

    async def _start(
        self, arguments: list[str], *, stdin: int = asyncio.subprocess.DEVNULL, passed_on: Sequence[int] = ()
    ) -> asyncio.subprocess.Process:
        command = [self._program, *arguments]
        log.info("ffmpeg starts", command=shlex.join(command))
        try:
            return await asyncio.create_subprocess_exec(
                *build_sandbox_command(command, limits=self._limits.build_limits()),
                stdin=stdin,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env={},
                start_new_session=True,
                pass_fds=passed_on,
            )
        except OSError as error:  # out of processes, file descriptors or memory
            raise explain_os_error(error) from error

    async def _wait_for(
        self,
        process: asyncio.subprocess.Process,
        *,
        on_report: Callable[[FfmpegReport], None] | None = None,
        has_to_move: bool = True,
        has_holes: bool = False,
    ) -> FfmpegRun:
        """Wait for the end of a run, and end it when necessary. With `has_to_move` unset the
        process may wait for input without counting as stalled. With `has_holes` the first complaint
        about the input ends it: it may have read what was not fetched. Raises HoleRead then."""
        started = time.monotonic()
        watch = Watch(process, on_report=on_report, stops_at_complaint=has_holes)
        cpu = CpuClock(process.pid)
        wall_seconds = self._limits.wall_seconds
        stall_seconds = self._limits.stall_seconds if has_to_move else wall_seconds
        try:
            reason = await watch.wait(wall_seconds=wall_seconds, stall_seconds=stall_seconds, cpu=cpu)
        finally:
            await end_group(process)
        run = FfmpegRun(
            wall_seconds=time.monotonic() - started,
            cpu_seconds=cpu.seconds,
            last_report=watch.last_report,
            stderr_tail=watch.stderr_tail,
        )
        code = process.returncode or 0
        log.info("ffmpeg ended", exit_code=code, seconds=round(run.wall_seconds, 3), reason=reason)
        if has_holes and watch.complaint:
            raise HoleRead(stderr_tail=watch.complaint)
        failure = reason or explain_exit(code, stderr=run.stderr_tail)
        if failure:
            log.error("ffmpeg failed", reason=failure, exit_code=code, stderr=run.stderr_tail)
            certain = is_certain(code, failure=failure)
            raise _build_failure(failure, stderr=run.stderr_tail, certain=certain)
        return run


@contextlib.contextmanager
def _open_pipe() -> Iterator[tuple[int, int]]:
    """Open a pipe for the block. Raises the error from `explain_os_error` if no file can be
    opened."""
    try:
        ends = os.pipe()
    except OSError as error:
        raise explain_os_error(error) from error
    try:
        yield ends
    finally:
        for end in ends:
            os.close(end)


def blames_sound(stderr: str) -> bool:
    """Return whether ffmpeg's last output reports a failure of the sound, and none of the
    picture."""
    return bool(_SOUND_PARTS.search(stderr)) and not _PICTURE_PARTS.search(stderr)


def choose_failure(picture: EncodeFailed, *, sound: EncodeFailed | None) -> EncodeFailed:
    """Return which of the two errors to raise. The picture is encoded without its sound only if the
    sound itself is at fault: if one of the processes was killed or ran out of memory, both are
    retried."""
    if not picture.is_certain:
        return picture
    if sound and not sound.is_certain:
        return sound
    if sound or blames_sound(picture.stderr_tail):
        return SoundFailed(stderr_tail=picture.stderr_tail)
    return picture


def _find_failure(sound_run: "asyncio.Task[FfmpegRun]") -> EncodeFailed | None:
    """Return how the sound's process failed; None if it did not, or is still running. Raises errors
    that are not the encode's fault, such as a full disk."""
    error = sound_run.exception() if sound_run.done() else None
    if error is None or isinstance(error, EncodeFailed):
        return error
    raise error


def explain_exit(code: int, *, stderr: str) -> Code | None:
    """Return the error code for an exit code, or None for success. ffmpeg exits 0 on a full
    disk."""
    if _DISK_WORDS.search(stderr):
        return Code.scratch_full
    if code == 0:
        return None
    if code in _SANDBOX_EXITS:
        return Code.processor_fault
    if code in _MEMORY_EXITS or _MEMORY_WORDS.search(stderr):
        return Code.encode_out_of_memory
    if code == _UNDECODABLE_EXIT:
        return Code.undecodable_media
    return Code.encode_failed


def is_certain(code: int, *, failure: Code) -> bool:
    """Return whether ffmpeg itself gave up, and not for lack of a resource: with the same input it
    would do so again. A process that was killed, by a signal or the kernel, may have been
    unlucky."""
    return failure in {Code.undecodable_media, Code.encode_failed} and code > 0 and code not in _MACHINE_EXITS


def _build_failure(code: Code, *, stderr: str, certain: bool) -> TaskFailed:
    if code is Code.scratch_full:
        return build_scratch_full()
    if code is Code.processor_fault:
        return ProcessorFault(Code.processor_fault, "The machine cannot run ffmpeg.")
    return EncodeFailed(code, stderr_tail=stderr, is_certain=certain)
