"""Runs a short program in the sandbox until it ends: ffprobe, and ffmpeg for single pictures."""

import asyncio
import contextlib
import os
import select
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import IO, Final, ParamSpec, TypeVar

from videoforge_media.sandbox import SandboxLimits, build_sandbox_command


class StoppableRuns:
    """The programs that one call runs, one after the other, which another thread can stop."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._is_stopped = False

    def stop(self) -> None:
        """Kill the running program, and start no more."""
        with self._lock:
            self._is_stopped = True
            if self._process is not None and self._process.poll() is None:
                os.killpg(self._process.pid, signal.SIGKILL)

    @contextlib.contextmanager
    def hold(self, start: Callable[[], "subprocess.Popen[bytes]"]) -> Iterator["subprocess.Popen[bytes]"]:
        """Start a program that can be stopped during the block. Raises SandboxTimedOut after a
        stop."""
        with self._lock:
            if self._is_stopped:
                raise SandboxTimedOut("the caller was cancelled")
            self._process = start()
        try:
            yield self._process
        finally:
            with self._lock:
                self._process = None


#: The runs of this thread's call; asyncio.to_thread copies it.
_RUNS: Final[ContextVar[StoppableRuns | None]] = ContextVar("stoppable_runs", default=None)
Parameters = ParamSpec("Parameters")
Answer = TypeVar("Answer")


async def run_in_thread(
    function: Callable[Parameters, Answer], *args: Parameters.args, **kwargs: Parameters.kwargs
) -> Answer:
    """asyncio.to_thread for a function that runs sandboxed programs: if the caller is cancelled
    they are killed, while the thread alone would wait for them to end."""
    runs = StoppableRuns()

    def call() -> Answer:
        _RUNS.set(runs)
        return function(*args, **kwargs)

    try:
        return await asyncio.to_thread(call)
    except asyncio.CancelledError:
        runs.stop()
        raise


class SandboxTimedOut(Exception):
    """The program and its process group were killed because the time was up."""


@dataclass(frozen=True)
class SandboxRun:
    exit_code: int
    stdout: str
    stderr: str


def run_sandboxed(argv: Sequence[str], *, limits: SandboxLimits, timeout_seconds: float) -> SandboxRun:
    """Run a program in the sandbox with an empty environment and no input. Raises SandboxTimedOut.

    Its output goes to files, not pipes, so that the sandbox's file size limit bounds it.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        code = _run_into(argv, out=out, err=err, limits=limits, timeout_seconds=timeout_seconds)
        return SandboxRun(code, _read_back(out), _read_back(err))


def run_sandboxed_lines(
    argv: Sequence[str], *, limits: SandboxLimits, timeout_seconds: float
) -> Iterator[str] | None:
    """`run_sandboxed` for a program that prints more than fits into memory: return its lines one by
    one after it has ended, or None if it failed. Raises SandboxTimedOut."""
    with contextlib.ExitStack() as stack:
        out, err = (stack.enter_context(tempfile.TemporaryFile()) for _ in range(2))
        code = _run_into(argv, out=out, err=err, limits=limits, timeout_seconds=timeout_seconds)
        return _list_lines(out, until=stack.pop_all()) if code == 0 else None


def _list_lines(file: IO[bytes], *, until: contextlib.ExitStack) -> Iterator[str]:
    with until:
        file.seek(0)
        for line in file:
            yield line.decode(errors="replace")


def _run_into(
    argv: Sequence[str], *, out: IO[bytes], err: IO[bytes], limits: SandboxLimits, timeout_seconds: float
) -> int:
    """Return the exit code."""

    def start() -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            build_sandbox_command(argv, limits=limits),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            env={},
            start_new_session=True,
        )

    with (_RUNS.get() or StoppableRuns()).hold(start) as process:
        return _end(process, argv[0], timeout_seconds)


def _end(process: "subprocess.Popen[bytes]", program: str, timeout_seconds: float) -> int:
    """Return the exit code."""
    try:
        if not _has_ended(process, within_seconds=timeout_seconds):
            raise SandboxTimedOut(f"{program} ran longer than {timeout_seconds:g} s")
        return process.wait()
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _has_ended(process: "subprocess.Popen[bytes]", *, within_seconds: float) -> bool:
    """Wait for the end, and return as soon as it comes: Popen.wait with a timeout only checks every
    50 ms, which is half of what a probe takes."""
    try:
        descriptor = os.pidfd_open(process.pid)
    except OSError:  # a container whose own filter refuses the call
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=within_seconds)
        return process.returncode is not None
    try:
        ended = select.poll()
        ended.register(descriptor, select.POLLIN)
        return bool(ended.poll(1000 * within_seconds))
    finally:
        os.close(descriptor)


def _read_back(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")
