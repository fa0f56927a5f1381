"""The private port answers the supervisor and Prometheus, whatever slow clients do to it."""

import re
import socket
import statistics
import threading
import time
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
import requests
from prometheus_client import CollectorRegistry

from infra.local.processes.health import wait_until
from tests.servers.ports import find_free_ports
from videoforge_web.private_port import serve_private_port

pytestmark = [pytest.mark.integration, pytest.mark.timeout(60)]

_AT_ONCE_SECONDS = 1.0


@pytest.fixture
def port():
    [found] = find_free_ports(1)
    serve_private_port(
        found,
        host="127.0.0.1",
        registry=CollectorRegistry(),
        check_health=lambda: (True, {"padding": "x" * 500_000}),
    )
    return found


def connect(port, data):
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(20)
    client.connect(("127.0.0.1", port))
    client.sendall(data)
    return client


def count_threads():
    return sum(thread.name.startswith("Thread-") for thread in threading.enumerate())


@pytest.mark.parametrize("data", [b"", b"GET /metrics HTTP/1.1\r\nHost:", b"GET /health HTTP/1.0\r\n\r\n"])
def test_slow_clients_neither_stop_it_nor_pile_up(port, data):
    before = count_threads()
    with ExitStack() as clients:
        for _ in range(300):
            clients.enter_context(closing(connect(port, data)))
        assert statistics.median(measure(port) for _ in range(5)) < _AT_ONCE_SECONDS
        assert wait_until(lambda: count_threads() - before < 80, seconds=5)


def measure(port):
    """Return the seconds of one answer; the client and the server share this process, so one may be
    late."""
    began = time.monotonic()
    assert requests.get(f"http://127.0.0.1:{port}/metrics", timeout=10).ok
    return time.monotonic() - began


def test_a_connection_has_an_end(port):
    with closing(connect(port, b"GET /health HTTP/1.1\r\nX:")) as client:
        began = time.monotonic()
        while client.recv(1000):
            pass
        assert 8 < time.monotonic() - began < 15


def test_it_sleeps_while_nobody_asks(port):
    assert requests.get(f"http://127.0.0.1:{port}/health", timeout=10).ok
    time.sleep(0.5)  # the answer's own end
    before = count_wake_ups()
    time.sleep(2)
    assert count_wake_ups() == before


def count_wake_ups():
    """Return how often the newest thread that serves was given the processor, by Linux's own
    count."""
    *_, task = [thread.native_id for thread in threading.enumerate() if thread.name == "private-port"]
    status = Path(f"/proc/self/task/{task}/status").read_text(encoding="ascii")
    return int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", status, re.M)[1])
