"""What this process may use of its machine, and how its slots share it.

A container sees the whole machine's CPUs and memory; what it may use of them is in its control
group. Version 1 and 2 of cgroups (cgroups(7), "Control Group v2" in the kernel's documentation) are
read at every level from the process's own group to the root, since each level is a limit. Memory is
in bytes, CPUs may be a fraction.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from videoforge.messages import Plan

#: One encode of a 4K source into all four rungs with two threads per encoder: 1.9 GiB resident, and
#: room for its segments, the sound and the pages of its files.
SLOT_BYTES: Final = 3 << 30
#: The encoders of one ladder keep two CPUs busy: two slots of one thread on two CPUs needed as much
#: CPU time as one of two threads, and twice the memory.
SLOT_CPUS: Final = 2
MAX_SLOTS: Final = 32
#: The same encode with at most two threads per encoder, beside full slots; pages of files count in a
#: control group, but the kernel takes them back.
LIGHT_BYTES: Final = 2 << 30
#: Each further thread of a 4K ladder keeps frames of its own: 1.87 GiB with 2, 2.60 with 8.
THREAD_BYTES: Final = 128 << 20
MAX_THREADS: Final = 16


@dataclass(frozen=True)
class Machine:
    """The machine's CPUs and memory, of which a process has a part if several share it."""

    cpus: float
    memory_bytes: int
    sharers: int = 1


@dataclass(frozen=True)
class Threads:
    """Threads per encoder: of a chunk, whose neighbours fill the other slots, and of a film in one
    piece, which may be alone on the machine."""

    per_chunk: int
    per_film: int

    def limit_to(self, threads: int) -> "Threads":
        return Threads(min(self.per_chunk, threads), min(self.per_film, threads))

    def choose(self, plan: Plan) -> int:
        return self.per_chunk if len(plan.chunks) > 1 else self.per_film


def read_machine(root: Path = Path("/"), *, sharers: int = 1) -> Machine:
    """Return what this process may use, by its CPU affinity, its control groups and the machine's
    memory. `sharers` are the processors that may use the same."""
    folders = list(_list_groups(root))
    return Machine(
        cpus=min([float(len(os.sched_getaffinity(0))), *_read_cpu_limits(folders)]),
        memory_bytes=min([_read_total_memory(root), *_read_memory_limits(folders)]),
        sharers=sharers,
    )


def choose_slots(machine: Machine) -> int:
    """Return the tasks that this process works on at once: two CPUs each, and enough memory for the
    largest ladder in each."""
    slots = min(machine.cpus / SLOT_CPUS, machine.memory_bytes / SLOT_BYTES) / machine.sharers
    return int(max(1, min(MAX_SLOTS, slots)))


def has_light_slot(machine: Machine, *, slots: int) -> bool:
    """Return whether the memory holds a light task beside a task in every slot."""
    return machine.memory_bytes / machine.sharers >= slots * SLOT_BYTES + LIGHT_BYTES


def choose_threads(machine: Machine, *, slots: int, has_light: bool) -> Threads:
    """Return the threads per encoder. More threads than CPUs gain nothing, and all together must fit
    into the memory, with a light task if there is a slot for one."""
    slots_in_all = slots * machine.sharers
    light_bytes = LIGHT_BYTES / slots if has_light else 0
    spare_bytes = machine.memory_bytes / slots_in_all - light_bytes - SLOT_BYTES
    limit = min(MAX_THREADS, SLOT_CPUS + max(0, int(spare_bytes / THREAD_BYTES)))
    return Threads(
        per_chunk=max(1, min(limit, round(machine.cpus / slots_in_all))),
        per_film=max(1, min(limit, round(machine.cpus))),
    )


def _list_groups(root: Path) -> Iterator[Path]:
    """Yield the folders that may hold this process's limits. In a container the path of the group
    is often that of the host, which does not exist there; the mount's root is then its own group."""
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        mounts = [root / "sys/fs/cgroup" / name for name in ("", "unified")]
        for mount in [root / "sys/fs/cgroup" / controllers] if controllers else mounts:
            own = mount / path.lstrip("/")
            yield from (folder for folder in (own, *own.parents) if folder.is_relative_to(mount))


def _read_cpu_limits(folders: list[Path]) -> Iterator[float]:
    for folder in folders:
        # version 2 has quota and period in one file and writes "max" for no limit, version 1 has a
        # file for each and writes -1
        limit = _read_words(folder / "cpu.max") or [
            *_read_words(folder / "cpu.cfs_quota_us"),
            *_read_words(folder / "cpu.cfs_period_us"),
        ]
        if len(limit) == 2 and limit[0].isdigit():
            yield int(limit[0]) / int(limit[1])


def _read_memory_limits(folders: list[Path]) -> Iterator[int]:
    for folder in folders:
        for name in ("memory.max", "memory.limit_in_bytes"):
            yield from (int(word) for word in _read_words(folder / name) if word.isdigit())


def _read_total_memory(root: Path) -> int:
    """Return the machine's memory in bytes (proc_meminfo(5), in KiB there)."""
    lines = (root / "proc/meminfo").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("MemTotal:"))


def _read_words(path: Path) -> list[str]:
    try:
        return path.read_text().split()
    except OSError:
        return []
