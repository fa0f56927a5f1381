"""What an operating system error says about this machine: it has no room, or it cannot work."""

import errno
from typing import Final

from video_processor.errors import ProcessorFault, ScratchFull
from videoforge.problem_codes import Code

_ROOM_ERRORS: Final = {errno.ENOSPC, errno.EDQUOT}


def explain_os_error(error: OSError | MemoryError) -> ScratchFull | ProcessorFault:
    """Return the error to hand the task back with. No user's file makes the system refuse a file or
    a process: too many open files, no memory, a missing folder and an unreadable disk are problems
    of the machine."""
    if isinstance(error, OSError) and error.errno in _ROOM_ERRORS:
        return build_scratch_full()
    return ProcessorFault(Code.processor_fault, "The machine that encoded the video had an internal error.")


def build_scratch_full() -> ScratchFull:
    return ScratchFull(
        Code.scratch_full,
        hint="The task is retried, on another machine if there is one.",
    )
