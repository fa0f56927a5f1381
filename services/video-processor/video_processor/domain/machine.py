"""What an operating system error says about this machine: it has no room, or it cannot work."""

import errno
from typing import Final

from video_processor.errors import ProcessorFault, ScratchFull

_ROOM_ERRORS: Final = {errno.ENOSPC, errno.EDQUOT}


def explain_os_error(error: OSError | MemoryError) -> ScratchFull | ProcessorFault:
    """Return the error to hand the task back with. No user's file makes the system refuse a file or
    a process: too many open files, no memory, a missing folder and an unreadable disk are problems
    of the machine."""
    if isinstance(error, OSError) and error.errno in _ROOM_ERRORS:
        return build_scratch_full()
    return ProcessorFault("processor_fault", "The machine that encoded the video had an internal error.")


def build_scratch_full() -> ScratchFull:
    return ScratchFull(
        "scratch_full",
        "The machine that encoded the video ran out of disk space.",
        hint="The task is retried, on another machine if there is one.",
    )
