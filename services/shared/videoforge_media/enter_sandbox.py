"""The launcher of sandboxed programs; sandbox.py describes the sandbox and builds the command.

    python -I -S enter_sandbox.py ADDRESS_SPACE_BYTES CPU_SECONDS FILE_SIZE_BYTES NICENESS FILTER_HEX argv…

It applies the sandbox to itself and then executes the program. It is started eight times for a
video of two renditions, so it imports only what is indispensable, not even `typing` and `signal` (6
ms): a start takes 8 ms of CPU; with argparse and pyseccomp it took 33 ms (own measurement,
2026-11-20).
"""

import ctypes
import os
import resource
import sys

#: exit code if the sandbox could not be built; ffmpeg and ffprobe use neither 125 nor 127
EXIT_SANDBOX_FAILED = 125
EXIT_PROGRAM_MISSING = 127

#: ffmpeg opens an input, an output or two per rendition, and its pipes; 256 leaves room for sixty
MAX_OPEN_FILES = 256

_SIGKILL = 9
_PR_SET_PDEATHSIG = 1
_PR_SET_SECCOMP = 22
_PR_SET_NO_NEW_PRIVS = 38
_SECCOMP_MODE_FILTER = 2
#: size of one instruction, `struct sock_filter` in linux/filter.h
_INSTRUCTION_BYTES = 8


class _FilterProgram(ctypes.Structure):
    """`struct sock_fprog` in linux/filter.h."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def _call_prctl(option: int, *arguments: object) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    padded = (*arguments, *(ctypes.c_ulong(0) for _ in range(4 - len(arguments))))
    if libc.prctl(option, *padded) != 0:
        raise OSError(ctypes.get_errno(), f"prctl({option}) failed")


def _tie_to_parent() -> None:
    """Die with the process that started this one, and never gain rights through a set-uid
    program."""
    _call_prctl(_PR_SET_PDEATHSIG, ctypes.c_ulong(_SIGKILL))
    _call_prctl(_PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1))


def _load_filter(compiled: bytes) -> None:
    if not compiled or len(compiled) % _INSTRUCTION_BYTES:
        raise ValueError("the filter is incomplete")
    program = _FilterProgram(len(compiled) // _INSTRUCTION_BYTES, compiled)
    _call_prctl(_PR_SET_SECCOMP, ctypes.c_ulong(_SECCOMP_MODE_FILTER), ctypes.byref(program))


def _set_limits(*, address_space_bytes: int, cpu_seconds: int, file_size_bytes: int) -> None:
    for name, wanted in (
        (resource.RLIMIT_AS, address_space_bytes),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_FSIZE, file_size_bytes),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, MAX_OPEN_FILES),
    ):
        _, ceiling = resource.getrlimit(name)
        bounded = wanted if ceiling == resource.RLIM_INFINITY else min(wanted, ceiling)
        resource.setrlimit(name, (bounded, bounded))


def main(arguments: list[str]) -> int:
    """Execute the program; returns only if that failed."""
    try:
        address_space_bytes, cpu_seconds, file_size_bytes, niceness = map(int, arguments[:4])
        compiled, program = bytes.fromhex(arguments[4]), arguments[5:]
        os.nice(niceness)
        _tie_to_parent()
        _load_filter(compiled)
        _set_limits(  # last, so that Python itself does not hit the limits
            address_space_bytes=address_space_bytes, cpu_seconds=cpu_seconds, file_size_bytes=file_size_bytes
        )
    except (OSError, ValueError, IndexError) as error:
        sys.stderr.write(f"sandbox: {error}\n")
        return EXIT_SANDBOX_FAILED
    try:
        os.execvpe(program[0], program, {})  # noqa: S606 - becoming the program is the point
    except (OSError, IndexError) as error:
        sys.stderr.write(f"sandbox: {program[:1]} cannot be started: {error}\n")
    return EXIT_PROGRAM_MISSING


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
