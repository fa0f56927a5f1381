"""Calls of a benchmark: run by several callers at once for a number of seconds, timed by name.

Latency is seen by the caller, in ms. CPU is that of the stack's processes (bench/idle_stack.py)
between two looks.
"""

import asyncio
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from bench.idle_stack import find_pids, read_all
from infra.local.stack import Stack


@dataclass
class Calls:
    """What was called: the ms of each call that was answered as expected, and the other answers."""

    times_ms: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    refused: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    @property
    def count(self) -> int:
        """How many were answered, as expected or not."""
        return sum(len(times) for times in self.times_ms.values()) + self.refused.total()

    @contextmanager
    def time(self, name: str) -> Iterator[None]:
        """Time one call; the block raises Refused if the answer is not the expected one."""
        started = time.perf_counter()
        try:
            yield
        except Refused as refused:
            self.refused[f"{name}: {refused}"] += 1
            return
        self.times_ms[name].append(1000 * (time.perf_counter() - started))

    def show(self) -> None:
        for name, times in sorted(self.times_ms.items()):
            p50, p95 = find_quantiles(times)
            rate = len(times) / self.seconds
            print(f"    {name:<14} {rate:7.1f} a second   p50 {p50:7.1f} ms   p95 {p95:7.1f} ms")
        for name, count in self.refused.most_common():
            print(f"    {name} × {count}")


class Refused(Exception):
    """An answer that the benchmark did not ask for; the text is its status."""


def find_quantiles(times: list[float]) -> tuple[float, float]:
    """Return median and 95th percentile."""
    if len(times) < 2:
        return (times[0], times[0]) if times else (0.0, 0.0)
    return statistics.median(times), statistics.quantiles(times, n=20)[-1]


async def run_callers(
    call: Callable[[], Awaitable[None]], *, calls: Calls, callers: int, seconds: float
) -> None:
    """Let each caller call again and again until the time is over."""
    started = time.monotonic()

    async def run() -> None:
        while time.monotonic() - started < seconds:
            await call()

    async with asyncio.TaskGroup() as group:
        for _ in range(callers):
            group.create_task(run())
    calls.seconds = time.monotonic() - started


class CpuWatch:
    """The CPU that each process of a stack uses from now on."""

    def __init__(self, stack: Stack) -> None:
        self._pids = find_pids(stack)
        self._before = read_all(self._pids)

    def read_ms(self) -> dict[str, float]:
        after = read_all(self._pids)
        return {name: 1000 * (after[name] - before) for name, before in self._before.items()}


def show_cpu(used_ms: Mapping[str, float], *, count: int, of: str) -> None:
    """Print the CPU of each process for one of so many calls, the largest first."""
    largest = sorted(used_ms.items(), key=lambda item: -item[1])
    parts = [f"{name} {ms / count:.2f}" for name, ms in largest if ms / count >= 0.05]
    print(f"    ms of CPU for each {of}: {', '.join(parts)}", flush=True)
