"""Protects the memory of the process that starts sandboxed programs.

The sandbox refuses ptrace, but /proc/{pid}/mem and /proc/{pid}/environ are files that a program of
the same user may open, also for writing: it could escape the sandbox through its parent. If a
process is not dumpable, even its own user cannot open them (ptrace(2), "Ptrace access mode
checking"). This does not stop root.
"""

import ctypes
import os
from typing import Final

_PR_SET_DUMPABLE: Final = 4


def hide_memory() -> None:
    """Make this process, and those it forks, inaccessible to other programs of its user. Programs
    that it executes are accessible again. Raises OSError if the kernel refuses."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
