"""The launcher that ffmpeg and ffprobe run under: limits, no network, no inherited environment.

    python -I cage.py --address-space-bytes N --cpu-seconds N --file-size-bytes N -- program args…

Media is hostile input and decoders have holes, so the program gets what it needs and nothing more. The
cage is made of resource limits and a seccomp filter because those need no rights: user and network
namespaces are refused in a default container, for root too (own measurement, 2026-11-20). The filter is
inherited by every child and cannot be taken off. Starting takes about 20 ms.
"""

import argparse
import ctypes
import errno
import os
import resource
import shutil
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

#: exit code where the cage could not be built; ffmpeg and ffprobe use neither 125 nor 127
EXIT_CAGE_FAILED: Final = 125
EXIT_PROGRAM_MISSING: Final = 127

#: ffmpeg opens an input, an output or two per rendition and its pipes; 256 leaves room for sixty
MAX_OPEN_FILES: Final = 256

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_NO_NEW_PRIVS: Final = 38

#: No socket of any family: a decoder needs none, and a Unix socket reaches the container engine or Redis.
_REFUSED_AS_EACCES: Final = ("socket",)
#: What a taken-over decoder would try next. io_uring goes first: it would open sockets past the filter.
_REFUSED_AS_EPERM: Final = (
    "io_uring_setup",
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "pidfd_open",
    "pidfd_send_signal",
    "kill",
    "tkill",
    "mount",
    "umount2",
    "pivot_root",
    "chroot",
    "unshare",
    "setns",
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "open_by_handle_at",
    "keyctl",
    "add_key",
    "request_key",
    "init_module",
    "finit_module",
    "kexec_load",
    "reboot",
    "swapon",
)


@dataclass(frozen=True)
class CageLimits:
    """`address_space_bytes` is virtual memory: two to three times what the program keeps resident.
    `file_size_bytes` bounds each file written, not their sum."""

    address_space_bytes: int
    cpu_seconds: int
    file_size_bytes: int


def build_caged_command(argv: Sequence[str], *, limits: CageLimits) -> list[str]:
    """Return the command that runs `argv` in the cage.

    This file is run by its path and in isolated mode, so that neither the working folder nor an inherited
    PYTHONPATH can put another module in its place.
    """
    return [
        sys.executable,
        "-I",
        str(Path(__file__).resolve()),
        "--address-space-bytes",
        str(limits.address_space_bytes),
        "--cpu-seconds",
        str(limits.cpu_seconds),
        "--file-size-bytes",
        str(limits.file_size_bytes),
        "--",
        *argv,
    ]


def _set_limits(limits: CageLimits) -> None:
    for name, wanted in (
        (resource.RLIMIT_AS, limits.address_space_bytes),
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_FSIZE, limits.file_size_bytes),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, MAX_OPEN_FILES),
    ):
        _, ceiling = resource.getrlimit(name)
        bounded = wanted if ceiling == resource.RLIM_INFINITY else min(wanted, ceiling)
        resource.setrlimit(name, (bounded, bounded))


def _tie_to_parent() -> None:
    """Die with the process that started us, and never gain rights through a set-uid program."""
    libc = ctypes.CDLL(None, use_errno=True)
    for option, value in ((_PR_SET_PDEATHSIG, signal.SIGKILL), (_PR_SET_NO_NEW_PRIVS, 1)):
        if libc.prctl(option, value, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), f"prctl({option}) failed")


def _load_filter() -> None:
    import pyseccomp  # here and not above: the parent builds commands without needing libseccomp

    cage = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    for names, code in ((_REFUSED_AS_EACCES, errno.EACCES), (_REFUSED_AS_EPERM, errno.EPERM)):
        for name in names:
            cage.add_rule(pyseccomp.ERRNO(code), name)
    cage.load()


def _parse_arguments(arguments: Sequence[str]) -> tuple[CageLimits, list[str]]:
    parser = argparse.ArgumentParser(description="Run a program caged.", allow_abbrev=False)
    parser.add_argument("--address-space-bytes", type=int, required=True)
    parser.add_argument("--cpu-seconds", type=int, required=True)
    parser.add_argument("--file-size-bytes", type=int, required=True)
    parser.add_argument("program", nargs="+")
    parsed = parser.parse_args(arguments)
    limits = CageLimits(parsed.address_space_bytes, parsed.cpu_seconds, parsed.file_size_bytes)
    return limits, parsed.program


def main(arguments: Sequence[str]) -> int:
    """Become the program; returns only when that failed."""
    limits, program = _parse_arguments(arguments)
    path = shutil.which(program[0])
    if path is None:
        sys.stderr.write(f"cage: {program[0]} was not found\n")
        return EXIT_PROGRAM_MISSING
    try:
        _tie_to_parent()
        _load_filter()
        _set_limits(limits)  # last: Python itself should not run into them
        os.execve(path, program, {})  # noqa: S606 - becoming the program is the point
    except (OSError, RuntimeError, ImportError, ValueError) as error:
        sys.stderr.write(f"cage: {error}\n")
    return EXIT_CAGE_FAILED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
