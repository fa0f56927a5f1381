"""The sandbox that ffmpeg and ffprobe run in: limits, no network, no inherited environment.

Media is hostile input and decoders have vulnerabilities, so the program gets what it needs and
nothing more. The sandbox consists of resource limits and a seccomp filter because those need no
privileges: user and network namespaces are refused in a default container, for root too (own
measurement, 2026-11-20). Every child inherits the filter, and it cannot be removed. The refused
calls are listed here and compiled once per process by libseccomp; the launcher, enter_sandbox.py,
only has to load the filter.
"""

import errno
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

_LAUNCHER: Final = Path(__file__).resolve().with_name("enter_sandbox.py")

#: No socket of any family: a decoder needs none, and a Unix socket reaches the container engine or
#: Redis.
_REFUSED_AS_EACCES: Final = ("socket",)
#: What a compromised decoder would try next. io_uring first: it would open sockets past the filter.
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
class SandboxLimits:
    """`address_space_bytes` is virtual memory: two to three times the program's resident memory.
    `file_size_bytes` bounds each file written, not their sum. `niceness` is added to this process's
    own."""

    address_space_bytes: int
    cpu_seconds: int
    file_size_bytes: int
    niceness: int = 0


def build_sandbox_command(argv: Sequence[str], *, limits: SandboxLimits) -> list[str]:
    """Return the command that runs `argv` in the sandbox. Raises RuntimeError or OSError without
    libseccomp.

    The launcher is run by its path and in isolated mode, so that neither the working directory nor
    an inherited PYTHONPATH can replace a module.
    """
    return [
        sys.executable,
        *("-I", "-S"),  # isolated; and without site-packages, which the launcher does not use
        str(_LAUNCHER),
        str(limits.address_space_bytes),
        str(limits.cpu_seconds),
        str(limits.file_size_bytes),
        str(limits.niceness),
        _compile_filter().hex(),
        # resolved here, since there is no PATH in the sandbox
        shutil.which(argv[0]) or argv[0],
        *argv[1:],
    ]


@cache
def _compile_filter() -> bytes:
    """Return the filter in the kernel's format (BPF). Compiling it in the launcher, which then
    imported pyseccomp, took most of each start."""
    import pyseccomp  # imported only if needed: not every process has libseccomp

    sandbox = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    for names, code in ((_REFUSED_AS_EACCES, errno.EACCES), (_REFUSED_AS_EPERM, errno.EPERM)):
        for name in names:
            sandbox.add_rule(pyseccomp.ERRNO(code), name)
    with tempfile.TemporaryFile() as file:
        sandbox.export_bpf(file)
        file.seek(0)
        return file.read()
