"""The relay's loops: what is slow holds up nothing, and what fails stops nothing."""

import threading
from contextlib import contextmanager
from dataclasses import replace

import pytest

from job_service.adapters.metrics import OUTBOX_WAITING, SWEPT, build_registry
from job_service.domain.operations import Backlog
from job_service.ports.job_outlets import QueueDepth
from job_service.ports.relay import RelayPorts
from job_service.relay import build_loops, sweep_all, sweep_and_measure
from job_service.testing.auth import build_test_settings
from job_service.testing.job_outlets import MemoryGallery, MemoryTaskQueue
from job_service.testing.jobs import build_memory_stage
from job_service.use_cases.admin.read_operations import QueueState
from job_service.wiring.core import build_core
from job_service.wiring.parts import build_parts
from job_service.wiring.relay import Relay, build_relay

SECONDS = 10
NOTHING = Backlog(
    pending_tasks=0, running_tasks=0, oldest_pending_seconds=None, outbox_waiting=0, dead_letters={}
)


class OpenLock:
    """SweepLock of the only relay; `taken` names sweeps that another one does."""

    def __init__(self, *taken):
        self.taken = taken

    @contextmanager
    def try_hold(self, name):
        yield name not in self.taken


@pytest.fixture
def ports():
    stage = build_memory_stage()
    return RelayPorts(
        jobs=stage.ports, queue=MemoryTaskQueue(), gallery=MemoryGallery(), dead_letters=stage.dead_letters
    )


def test_a_sweep_that_waits_for_the_store_holds_up_no_lease(ports):
    stop, let_go, waits, reaped = (threading.Event() for _ in range(4))

    def delete_a_large_film():
        waits.set()
        assert let_go.wait(SECONDS)
        return 1

    def reap():
        if waits.is_set():
            reaped.set()
        return 0

    relay = Relay(
        ports=ports,
        lock=OpenLock(),
        sweeps={"reap": reap},
        slow_sweeps={"delete": delete_a_large_film},
        hourly_sweeps={},
        read_queue=lambda: QueueState(depth=None, backlog=NOTHING),
    )
    loops = build_loops(relay, settings=build_test_settings(sweep_seconds=0.01), stop=stop)
    for loop in loops:
        loop.start()
    try:
        assert reaped.wait(SECONDS), "the reaper waits for the deletion"
        assert all(loop.is_alive for loop in loops)
    finally:
        stop.set()
        let_go.set()
    assert all(loop.join(seconds=SECONDS) for loop in loops)
    assert OUTBOX_WAITING._value.get() == 0


def test_a_sweep_that_fails_or_is_done_by_another_relay_stops_no_other():
    done = []
    sweeps = {
        "fails": lambda: 1 / 0,
        "taken": lambda: done.append("taken"),
        "works": lambda: done.append("works") or 3,
    }
    before = SWEPT.labels("works")._value.get()
    assert sweep_all(sweeps, lock=OpenLock("taken")) == 0
    assert done == ["works"]
    assert SWEPT.labels("works")._value.get() == before + 3


def test_what_waits_is_measured_after_the_sweeps(ports):
    states = [
        QueueState(
            depth=QueueDepth(visible=7, in_flight=2, dead=1),
            backlog=replace(NOTHING, pending_tasks=9, running_tasks=2, dead_letters={"sent_again": 3}),
        ),
        QueueState(depth=None, backlog=NOTHING),
    ]
    relay = Relay(
        ports=ports,
        lock=OpenLock(),
        sweeps={},
        slow_sweeps={},
        hourly_sweeps={},
        read_queue=lambda: states.pop(0),
    )

    def read(name, **labels):
        return build_registry().get_sample_value(f"videoforge_{name}", labels)

    assert sweep_and_measure(relay) == 0
    shown = [read("queue_messages", state=state) for state in ("visible", "in_flight", "dead")]
    assert shown == [7, 2, 1]
    assert [read("open_tasks", status=status) for status in ("pending", "running")] == [9, 2]
    assert read("dead_letters", outcome="sent_again") == 3
    sweep_and_measure(relay)
    assert read("queue_messages", state="visible") is None, "an old figure of a queue that does not answer"
    assert read("open_tasks", status="pending") == 0
    assert read("dead_letters", outcome="sent_again") is None


def test_whatever_reaches_the_store_is_a_slow_sweep():
    relay = build_relay(build_parts(build_core(build_test_settings())))
    assert set(relay.slow_sweeps) == {"expire_uploads", "run_deletions"}
    assert not set(relay.slow_sweeps) & set(relay.sweeps)
    assert list(relay.sweeps)[:2] == ["reap_leases", "reconcile_tasks"]
