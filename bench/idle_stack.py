"""Measure the CPU time of an idle stack: every process of a stack that it starts, over a minute.

Starts a stack of two processors on free ports in a temporary folder, lets it settle, and reads user
and system time of each process and its descendants from /proc (proc(5)). Percent are of one core.
Exits 1 if the relay or the whole stack exceeds its limit. Other work on the machine does not count,
but makes each wake-up more expensive.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from infra.local.stack import Stack
from tests.servers.processes import build_test_settings, list_family

RELAY_BAR_PERCENT: Final = 0.3
STACK_BAR_PERCENT: Final = 2.0
_PROCESSORS: Final = 2
_TICKS_A_SECOND: Final = os.sysconf("SC_CLK_TCK")


def read_cpu_seconds(pid: int) -> float:
    """Return the user and system time of a process and its descendants, including children that
    ended."""
    ticks = 0
    for member in list_family(pid):
        with suppress(OSError):  # ended after it was listed
            fields = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(int(field) for field in fields[11:15])  # utime, stime, cutime, cstime
    return ticks / _TICKS_A_SECOND


def read_all(pids: Mapping[str, int]) -> dict[str, float]:
    return {name: read_cpu_seconds(pid) for name, pid in pids.items()}


def find_pids(stack: Stack) -> dict[str, int]:
    """Return the pid of each process that the supervisor runs."""
    return {name: state.pid for name, state in stack.supervisor.list_processes().items() if state.pid}


def read_supervisor(stack: Stack) -> float:
    """Return the CPU time of the supervisor alone."""
    pid = stack.supervisor.find_pid()
    if pid is None:
        raise RuntimeError("the supervisor is gone")
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(field) for field in fields[11:13]) / _TICKS_A_SECOND


def measure(stack: Stack, *, seconds: float) -> dict[str, float]:
    """Return each process's CPU usage in percent of a core."""
    pids = find_pids(stack)
    started, before = time.monotonic(), read_all(pids) | {"supervisor": read_supervisor(stack)}
    time.sleep(seconds)
    after = read_all(pids) | {"supervisor": read_supervisor(stack)}
    elapsed = time.monotonic() - started
    return {name: 100 * (after[name] - before[name]) / elapsed for name in before}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--settle", type=float, default=40, help="seconds before the first look")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="idle-") as folder:
        settings = build_test_settings(Path(folder), processors=_PROCESSORS)
        stack = Stack(settings, say=lambda _line: None, is_bound=True)
        try:
            stack.up()
            time.sleep(options.settle)
            shares = measure(stack, seconds=options.seconds)
        finally:
            stack.down()
    for name, percent in sorted(shares.items(), key=lambda item: -item[1]):
        print(f"  {name:<16} {percent:6.2f} %")
    total = sum(shares.values())
    print(f"  {'all':<16} {total:6.2f} %   (bar {STACK_BAR_PERCENT} %, relay {RELAY_BAR_PERCENT} %)")
    return 0 if total <= STACK_BAR_PERCENT and shares["relay"] <= RELAY_BAR_PERCENT else 1


if __name__ == "__main__":
    sys.exit(main())
