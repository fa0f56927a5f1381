"""The relay's loops: a slow one delays no other, and a failing one stops no other."""

import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from infra.local.processes.health import wait_until
from job_service.admin.operations import Backlog
from job_service.admin.queue_metrics import OUTBOX_WAITING
from job_service.admin.read_operations import QueueState
from job_service.jobs.ports import QueueDepth
from job_service.outbox.message import OutboxMessage
from job_service.platform.metrics import REGISTRY, SWEPT
from job_service.processes.loops import Loop
from job_service.processes.relay import build_loops, measure, ring_loops, send_due, sweep_all
from job_service.relaying.ports import RelayPorts
from job_service.testing.auth import build_test_settings
from job_service.testing.job_publishers import MemoryGalleryFeed, MemoryTaskQueue
from job_service.testing.jobs import build_memory_stage
from job_service.wiring.relay import Relay

SECONDS = 10
NOTHING = Backlog(
    pending_tasks=0, running_tasks=0, oldest_pending_seconds=None, outbox_waiting=0, dead_letters={}
)


class OpenLock:
    """SweepLock of the only relay; `taken` names sweeps that another relay is doing."""

    def __init__(self, *taken):
        self.taken = taken

    @contextmanager
    def try_hold(self, name):
        yield name not in self.taken


@pytest.fixture
def ports():
    stage = build_memory_stage()
    return RelayPorts(jobs=stage.ports, queue=MemoryTaskQueue(), gallery=MemoryGalleryFeed())


def test_a_sweep_that_waits_for_the_store_delays_no_lease(ports):
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
        dead_letter_sweeps={},
        hourly_sweeps={},
        read_queue=lambda: QueueState(depth=None, backlog=NOTHING),
        has_open_tasks=lambda: True,
    )
    loops = build_loops(relay, settings=build_test_settings(sweep_seconds=0.01), stop=stop)
    OUTBOX_WAITING.set(7)
    for loop in loops:
        loop.start()
    try:
        assert reaped.wait(SECONDS), "the reaper waits for the deletion"
        assert wait_until(lambda: OUTBOX_WAITING._value.get() == 0, seconds=SECONDS), "it is not measured"
        assert all(loop.is_alive for loop in loops)
    finally:
        stop.set()
        let_go.set()
    assert all(loop.join(seconds=SECONDS) for loop in loops)


def test_a_sweep_that_fails_or_is_done_by_another_relay_does_not_stop_the_others():
    done = []
    sweeps = {
        "fails": lambda: 1 / 0,
        "works": lambda: done.append("works") or 3,
    }
    before = SWEPT.labels("works")._value.get()
    assert sweep_all("others", sweeps, lock=OpenLock("others")) == 0
    assert done == [], "another relay does them"
    assert sweep_all("mine", sweeps, lock=OpenLock("others")) == 0
    assert done == ["works"]
    assert SWEPT.labels("works")._value.get() == before + 3


def test_the_backlog_is_measured_and_dead_letters_are_drained_if_there_are_any(ports):
    states = [
        QueueState(
            depth=QueueDepth(visible=7, in_flight=2, dead=1),
            backlog=replace(NOTHING, pending_tasks=9, running_tasks=2, dead_letters={"sent_again": 3}),
        ),
        QueueState(depth=None, backlog=NOTHING),
        QueueState(depth=QueueDepth(visible=0, in_flight=0, dead=0), backlog=NOTHING),
    ]
    drained = []
    relay = Relay(
        ports=ports,
        lock=OpenLock(),
        sweeps={},
        slow_sweeps={},
        dead_letter_sweeps={"drain": lambda: drained.append(len(states)) or 0},
        hourly_sweeps={},
        read_queue=lambda: states.pop(0),
        has_open_tasks=lambda: False,
    )

    def read(name, **labels):
        return REGISTRY.get_sample_value(f"videoforge_{name}", labels)

    assert measure(relay) == 0
    shown = [read("queue_messages", state=state) for state in ("visible", "in_flight", "dead")]
    assert shown == [7, 2, 1]
    assert [read("open_tasks", status=status) for status in ("pending", "running")] == [9, 2]
    assert read("dead_letters", outcome="sent_again") == 3
    measure(relay)
    assert read("queue_messages", state="visible") is None, "an old figure of a queue that does not answer"
    assert read("open_tasks", status="pending") == 0
    assert read("dead_letters", outcome="sent_again") is None
    measure(relay)
    assert drained == [2], "asked for only where the queue says that it has some"


def test_an_idle_loop_sleeps_until_it_is_woken():
    stop, steps = threading.Event(), threading.Semaphore(0)
    loop = Loop("sleeper", lambda: steps.release() or 0, pause_seconds=60, max_silence_seconds=60, stop=stop)
    loop.start()
    assert steps.acquire(timeout=SECONDS)
    assert not steps.acquire(timeout=0.1)
    loop.ring()
    assert steps.acquire(timeout=SECONDS)
    stop.set()
    assert loop.join(seconds=SECONDS), "a stop wakes it too"


def test_a_wake_up_during_a_step_is_not_lost():
    stop, started, go_on, again = (threading.Event() for _ in range(4))

    def step():
        if started.is_set():
            again.set()
        started.set()
        assert go_on.wait(SECONDS)
        return 0

    loop = Loop("busy", step, pause_seconds=60, max_silence_seconds=60, stop=stop)
    loop.start()
    assert started.wait(SECONDS)
    loop.ring()
    go_on.set()
    assert again.wait(SECONDS)
    stop.set()
    assert loop.join(seconds=SECONDS)


def test_the_outbox_is_not_queried_until_its_next_message_is_due(ports):
    sent = []

    def step(*, takes):
        return send_due(ports.jobs, ["task"], lambda: sent.append(1) or takes, poll_seconds=5).pause_seconds

    def add(seconds):
        with ports.jobs.database.begin() as tx:
            due_at = tx.jobs.read_clock() + timedelta(seconds=seconds)
            payload = {"task_id": "t", "dispatch": 1}
            tx.outbox.add(OutboxMessage(kind="task", payload=payload, due_at=due_at))

    assert step(takes=0) == 5
    add(60)
    assert step(takes=0) == 5
    add(2)
    assert step(takes=0) == pytest.approx(2, abs=0.1)
    assert not sent, "nothing is due"
    add(-1)
    assert step(takes=1) == 0
    assert step(takes=0) == 0.25, "another relay has it"
    assert len(sent) == 2


@pytest.mark.parametrize(
    ("kind", "rung"),
    [
        ("task", ["send-tasks"]),
        ("publish", ["notify-gallery"]),
        ("job_ended", ["announce-ends"]),
        (None, ["send-tasks", "notify-gallery", "announce-ends"]),
    ],
)
def test_a_message_wakes_the_loop_that_sends_its_kind(kind, rung):
    woken = []

    class Bell:
        def __init__(self, name):
            self.name = name

        def ring(self):
            woken.append(self.name)

    ring_loops([Bell(name) for name in ("send-tasks", "notify-gallery", "announce-ends", "sweeps")], kind)
    assert woken == rung
