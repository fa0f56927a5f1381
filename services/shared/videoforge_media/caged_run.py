"""Running a short program in the cage to its end: for ffprobe and for single pictures."""

import contextlib
import os
import select
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

from videoforge_media.cage import CageLimits, build_caged_command


class CagedRunTimedOut(Exception):
    """The program was killed, and its process group with it, because its time was up."""


@dataclass(frozen=True)
class CagedRun:
    exit_code: int
    stdout: str
    stderr: str


def run_caged(argv: Sequence[str], *, limits: CageLimits, timeout_seconds: float) -> CagedRun:
    """Run a program caged, with an empty environment and no input. Raises CagedRunTimedOut.

    What it prints goes to files, not pipes, because the cage's file size limit then bounds it.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(
            build_caged_command(argv, limits=limits),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            env={},
            start_new_session=True,
        )
        try:
            if not _has_ended(process, within_seconds=timeout_seconds):
                raise CagedRunTimedOut(f"{argv[0]} ran longer than {timeout_seconds:g} s")
            code = process.wait()
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        return CagedRun(code, _read_back(out), _read_back(err))


def _has_ended(process: "subprocess.Popen[bytes]", *, within_seconds: float) -> bool:
    """Wait for the end, and return at once when it comes: Popen.wait with a time-out only looks every 50 ms,
    which is half of what a probe takes."""
    try:
        descriptor = os.pidfd_open(process.pid)
    except OSError:  # a container whose own filter does not know the call
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
