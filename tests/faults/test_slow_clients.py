"""Clients that send or read next to nothing hold nobody else up: at the edge and at each service's
own port.

They come from a different address than the user, because connections are counted per address.
"""

import socket
import threading
import time
from contextlib import ExitStack, contextmanager

import pytest

from demo.errors import DemoError
from tests.faults.stories import ask_repeatedly

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

CONNECTIONS = 64
SLOW_ADDRESS = "127.0.0.2"
#: it takes milliseconds when idle; the point is that nobody waits for the slow clients
ANSWER_SECONDS = 3.0
LASTS_SECONDS = 12

HEAD = b"POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
KINDS = {
    "bodies": (HEAD + b"Content-Length: 100\r\n\r\n", b" "),
    "heads": (b"POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nX-A: ", b"a"),
    "readers": (b"GET /api/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 20, b""),
}
STORY = {
    "how": f"{CONNECTIONS} connections that send a byte every 2 s, or do not read their response",
    "wanted": "all other clients are answered as usual",
}


@contextmanager
def slow_clients(port, *, begin, more):
    """Hold these connections open, sending a little on each now and then."""
    stop = threading.Event()
    with ExitStack() as held:
        connections = [held.enter_context(socket.socket()) for _ in range(CONNECTIONS)]
        for connection in connections:
            connection.settimeout(5)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.bind((SLOW_ADDRESS, 0))
            _try(lambda connection=connection: connection.connect(("127.0.0.1", port)))
            _try(lambda connection=connection: connection.sendall(begin))

        def feed():
            while not stop.wait(2):
                for connection in connections:
                    _try(lambda connection=connection: connection.sendall(more))

        thread = threading.Thread(target=feed, daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(timeout=10)


def _try(act):
    """The slow clients' connections may be refused or ended."""
    try:
        act()
    except OSError:
        return


def measure(client, path):
    """Return the status of a response, 0 without one, and how long it took."""
    began = time.monotonic()
    try:
        status = client.send("GET", path, timeout=10).status_code
    except DemoError:
        status = 0
    return status, time.monotonic() - began


@pytest.mark.faults_long
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.story(fault="Slow clients at the edge", **STORY)
def test_slow_clients_at_the_edge(stack, driver, saw, kind):
    begin, more = KINDS[kind]

    def ask():
        return [measure(driver.client, path) for path in ("health", "jobs")]

    with slow_clients(stack.settings.edge_port, begin=begin, more=more):
        answers = [one for both in ask_repeatedly(ask, seconds=LASTS_SECONDS) for one in both]
    assert {status for status, _ in answers} == {200}
    assert max(seconds for _, seconds in answers) < ANSWER_SECONDS
    saw("every answer 200 and in time")


@pytest.mark.faults_long
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.story(fault="Slow clients at job-service's own port; a processor continues", **STORY)
def test_slow_clients_at_the_own_port(stack, driver, clip, saw, kind):
    begin, more = KINDS[kind]
    watch = driver.make(clip)
    with slow_clients(stack.settings.job_service_port, begin=begin, more=more):
        time.sleep(LASTS_SECONDS)
        driver.wait_for_all(seconds=60)
    assert watch.sightings
    assert watch.sightings[-1].status == "completed"
    saw("a running job completed in the meantime")
