"""What an error of the operating system says about the machine: it has no room, or it cannot work."""

import errno
from typing import Final

from video_processor.errors import ProcessorFault, ScratchFull

_ROOM_ERRORS: Final = {errno.ENOSPC, errno.EDQUOT}


def explain_os_error(error: OSError | MemoryError) -> ScratchFull | ProcessorFault:
    """Return what to hand the task back with. No file of a user's makes the system refuse a file or a
    process: too many open files, no memory, a folder that is gone and a disk that cannot be read are the
    machine's."""
    if isinstance(error, OSError) and error.errno in _ROOM_ERRORS:
        return build_scratch_full()
    return ProcessorFault("processor_fault", "The machine that encoded the video had a fault of its own.")


def build_scratch_full() -> ScratchFull:
    return ScratchFull(
        "scratch_full",
        "The machine that encoded the video ran out of disk space.",
        hint="It is tried again, on another machine where there is one.",
    )
