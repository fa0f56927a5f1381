"""Processes of one stack that outlived their supervisor, found by a file that each wrote at its
start.

`{state_dir}/run/processes/{name}` holds `PID STARTED`, where STARTED is the process's start in
clock ticks since boot (proc(5), field 22 of /proc/PID/stat). Both together identify one process
until the machine restarts, so a process that was given the same number later is left alone.
with_environment.py writes the files.
"""

import os
import signal
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from infra.local.processes.health import wait_until

#: Fields after the program's name, which is in brackets and may contain anything.
_STATE, _STARTED = 0, 19
_END_SECONDS: Final = 5


def find_leftovers(folder: Path) -> dict[str, int]:
    """Return the processes from the folder's files that are still alive: {name: pid}."""
    found = {path.name: _read_note(path) for path in folder.glob("*")}
    return {name: note[0] for name, note in found.items() if note and _is_same(*note)}


def end_leftovers(folder: Path) -> list[str]:
    """Kill what `find_leftovers` finds, with their children, and return the names once they have
    ended.

    Without a supervisor, database and API they could neither finish nor return anything.
    """
    leftovers = find_leftovers(folder)
    for pid in leftovers.values():
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)  # supervisord makes each child the leader of a group
    _await_end(folder, names=leftovers)
    return sorted(leftovers)


def _await_end(folder: Path, *, names: Iterable[str]) -> None:
    wait_until(lambda: not set(names) & set(find_leftovers(folder)), seconds=_END_SECONDS)


def _read_note(path: Path) -> tuple[int, str] | None:
    try:
        pid, started = path.read_text().split()
        return int(pid), started
    except (OSError, ValueError):
        return None


def _is_same(pid: int, started: str) -> bool:
    """Say whether the process is alive; a zombie is not."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return False
    return fields[_STATE] not in {"Z", "X"} and fields[_STARTED] == started
