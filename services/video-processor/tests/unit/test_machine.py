"""Slots and threads, from what control groups and the machine allow."""

import os
from pathlib import Path

import pytest

from video_processor.machine import (
    Machine,
    Threads,
    choose_slots,
    choose_threads,
    has_light_slot,
    read_machine,
)

GIB = 1 << 30


@pytest.fixture(autouse=True)
def sixteen_cpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(16)))


def make_root(folder: Path, *, groups: str, files: dict[str, str]) -> Path:
    """Return a root folder of a machine with 64 GiB, with these files of control groups."""
    everything = {
        "proc/meminfo": f"MemTotal:       {64 << 20} kB\nMemFree:        1 kB\n",
        "proc/self/cgroup": groups,
        **{f"sys/fs/cgroup/{name}": text for name, text in files.items()},
    }
    for name, text in everything.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


V1 = "4:memory:/docker/abc\n2:cpu,cpuacct:/docker/abc\n0::/\n"
LIMITS = {
    "version 2, in a container": ("0::/\n", {"cpu.max": "350000 100000\n", "memory.max": f"{4 * GIB}\n"}),
    "version 2, in a service's group": (
        "0::/system.slice/processor.service\n",
        {
            "system.slice/processor.service/cpu.max": "350000 100000\n",
            "system.slice/processor.service/memory.max": "max\n",
            "system.slice/cpu.max": "max 100000\n",
            "system.slice/memory.max": f"{4 * GIB}\n",
        },
    ),
    "version 1, in a container that sees its group as the root": (
        V1,
        {
            "cpu,cpuacct/cpu.cfs_quota_us": "350000\n",
            "cpu,cpuacct/cpu.cfs_period_us": "100000\n",
            "memory/memory.limit_in_bytes": f"{4 * GIB}\n",
        },
    ),
    "version 1, in its group on the host": (
        V1,
        {
            "cpu,cpuacct/cpu.cfs_quota_us": "-1\n",
            "cpu,cpuacct/cpu.cfs_period_us": "100000\n",
            "cpu,cpuacct/docker/abc/cpu.cfs_quota_us": "350000\n",
            "cpu,cpuacct/docker/abc/cpu.cfs_period_us": "100000\n",
            "memory/docker/abc/memory.limit_in_bytes": f"{4 * GIB}\n",
            "memory/memory.limit_in_bytes": "9223372036854771712\n",
        },
    ),
}


@pytest.mark.parametrize(("groups", "files"), LIMITS.values(), ids=LIMITS)
def test_the_limits_of_the_control_group_count(groups: str, files: dict[str, str], tmp_path: Path) -> None:
    assert read_machine(make_root(tmp_path, groups=groups, files=files)) == Machine(3.5, 4 * GIB)


@pytest.mark.parametrize(
    "files", [{}, {"cpu.max": "max 100000\n", "memory.max": "max\n"}], ids=["none", "no limit"]
)
def test_without_limits_the_machine_counts(files: dict[str, str], tmp_path: Path) -> None:
    assert read_machine(make_root(tmp_path, groups="0::/\n", files=files)) == Machine(16, 64 * GIB)


CHOICES = [
    # CPUs, GiB, processors: slots, threads per chunk, threads per film
    (Machine(2, 24 * GIB), 1, Threads(2, 2)),
    (Machine(2, 24 * GIB, sharers=2), 1, Threads(1, 2)),
    (Machine(0.5, 4 * GIB), 1, Threads(1, 1)),
    (Machine(8, 4 * GIB), 1, Threads(8, 8)),
    (Machine(8, 16 * GIB), 4, Threads(2, 6)),
    (Machine(8, 13 * GIB, sharers=2), 2, Threads(2, 4)),
    (Machine(8, 64 * GIB), 4, Threads(2, 8)),
    (Machine(32, 64 * GIB), 16, Threads(2, 9)),
    (Machine(32, 16 * GIB), 5, Threads(3, 3)),
    (Machine(256, 1024 * GIB), 32, Threads(8, 16)),
]


@pytest.mark.parametrize(("machine", "slots", "threads"), CHOICES)
def test_slots_and_threads_fit_the_machine(machine: Machine, slots: int, threads: Threads) -> None:
    assert choose_slots(machine) == slots
    has_light = has_light_slot(machine, slots=slots)
    assert choose_threads(machine, slots=slots, has_light=has_light) == threads


def test_memory_that_no_light_task_needs_is_for_threads() -> None:
    machine = Machine(32, 64 * GIB)
    assert choose_threads(machine, slots=16, has_light=False) == Threads(per_chunk=2, per_film=10)


LIGHT = [
    (Machine(2, 4 * GIB), 1, False),
    (Machine(2, 5 * GIB), 1, True),
    (Machine(2, 9 * GIB, sharers=2), 1, False),
    (Machine(8, 14 * GIB), 4, True),
    (Machine(8, 13 * GIB), 4, False),
]


@pytest.mark.parametrize(("machine", "slots", "has_one"), LIGHT)
def test_there_is_a_light_slot_if_the_memory_holds_one_more_task(
    machine: Machine, slots: int, has_one: bool
) -> None:
    assert has_light_slot(machine, slots=slots) == has_one


def test_the_light_slot_has_no_more_threads_than_its_memory_holds() -> None:
    assert Threads(per_chunk=1, per_film=8).limit_to(2) == Threads(per_chunk=1, per_film=2)
