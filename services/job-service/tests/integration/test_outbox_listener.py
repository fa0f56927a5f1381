"""Notifications from the outbox: after the commit, once for each kind, and again after a lost
session."""

import queue
import statistics
import threading
import time

import pytest
from alembic import command

from job_service.outbox.message import OutboxMessage
from job_service.processes.migrate import build_config
from job_service.relaying.listener import OutboxListener
from job_service.testing.postgres_jobs import build_postgres_stage
from videoforge.problems import Problem

pytestmark = pytest.mark.integration

SECONDS = 10


@pytest.fixture(scope="module")
def url(own_postgres):
    server, _process = own_postgres
    name = server.create_database()
    command.upgrade(build_config(server.build_url(name)), "head")
    return server.build_url(name)


@pytest.fixture
def stage(url):
    stage = build_postgres_stage(url)
    yield stage
    stage.database.engine.dispose()


@pytest.fixture
def notified(url):
    """The kinds it was rung for, with times; the first None says that it listens."""
    rung, stop = queue.SimpleQueue(), threading.Event()
    OutboxListener(url, ring=lambda kind: rung.put((kind, time.monotonic())), stop=stop).start()
    assert rung.get(timeout=SECONDS)[0] is None
    yield rung
    stop.set()


def add(stage, *kinds):
    with stage.ports.database.begin() as tx:
        for kind in kinds:
            tx.outbox.add(OutboxMessage(kind=kind, payload={"video_id": "v"}))
    return time.monotonic()


def test_each_kind_in_a_transaction_is_notified_once_after_its_commit(stage, notified):
    with stage.ports.database.begin() as tx:
        for kind in ("task", "status", "task", "task"):
            tx.outbox.add(OutboxMessage(kind=kind, payload={"video_id": "v"}))
        with pytest.raises(queue.Empty):
            notified.get(timeout=0.3)
    assert sorted(notified.get(timeout=SECONDS)[0] for _ in range(2)) == ["status", "task"]
    with pytest.raises(queue.Empty):
        notified.get(timeout=0.3)


def test_a_rolled_back_message_is_not_notified(stage, notified):
    with pytest.raises(ValueError, match="no"), stage.ports.database.begin() as tx:
        tx.outbox.add(OutboxMessage(kind="task", payload={}))
        raise ValueError("no")
    with pytest.raises(queue.Empty):
        notified.get(timeout=0.3)


def test_notifications_are_faster_than_four_polls_a_second(stage, notified):
    waits = []
    for _ in range(30):
        committed_at = add(stage, "task")
        waits.append(notified.get(timeout=SECONDS)[1] - committed_at)
    assert statistics.median(waits) < 0.125, "a look every 250 ms came 125 ms after the commit on average"


def test_after_a_freeze_and_after_a_death_of_the_server_it_listens_again(stage, notified, own_postgres):
    _server, process = own_postgres
    with process.frozen():
        time.sleep(1)
    add_when_up(stage)
    assert notified.get(timeout=30)[0] == "task"
    process.kill()
    process.start()
    assert notified.get(timeout=30)[0] is None, "missed messages are polled for"
    add_when_up(stage)
    assert notified.get(timeout=30)[0] == "task"


def add_when_up(stage):
    ends_at = time.monotonic() + 30
    while True:
        try:
            return add(stage, "task")
        except Problem:
            assert time.monotonic() < ends_at
            time.sleep(0.2)
