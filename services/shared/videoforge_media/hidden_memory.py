"""Keeps sandboxed programs out of the memory of the process that starts them.

The sandbox refuses ptrace, but /proc/{pid}/mem and /proc/{pid}/environ are files that a program of
the same user may open, for writing too: it would leave the sandbox by way of its parent. A process
that is not dumpable is closed to its own user there (ptrace(2), "Ptrace access mode checking"). For
root nothing is closed.
"""

import ctypes
import os
from typing import Final

_PR_SET_DUMPABLE: Final = 4


def hide_memory() -> None:
    """Close this process, and those it forks, to other programs of its user. Those that it executes
    are open again. Raises OSError where the kernel refuses."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
