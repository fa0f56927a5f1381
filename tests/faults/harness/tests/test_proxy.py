"""The proxy does to a conversation what it says, and nothing while it is sound."""

import http.server
import socket
import threading
import time
from typing import ClassVar

import pytest

from tests.faults.harness.proxy import HANGING, REFUSED, SOUND, Fault, Snap, Ways

pytestmark = pytest.mark.integration

PAGE = b"x" * 200_000


class Pages(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    posted: ClassVar[list[bytes]] = []

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    def do_POST(self):
        self.posted.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_arguments):
        pass


class PageServer(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_arguments):
        """A connection that is cut is what these tests are about."""


@pytest.fixture
def way():
    Pages.posted.clear()
    server = PageServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    with Ways() as ways:
        yield ways.lead("page", to_port=server.server_address[1])
    server.shutdown()
    server.server_close()


def ask(way, request=b"GET /page HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", *, seconds=5):
    """Return all bytes that come before the connection ends."""
    with socket.create_connection(("127.0.0.1", way.port), timeout=seconds) as connection:
        connection.sendall(request)
        answer = b""
        try:
            while chunk := connection.recv(65536):
                answer += chunk
        except ConnectionResetError:
            pass
        return answer


def test_a_sound_way_passes_everything(way):
    assert ask(way).endswith(PAGE)


def test_a_refused_way_refuses_and_is_mended_at_the_same_port(way):
    port = way.port
    with way.broken(REFUSED), pytest.raises(ConnectionRefusedError):
        ask(way)
    assert way.port == port
    assert ask(way).endswith(PAGE)


def test_refusing_ends_what_is_open(way):
    with socket.create_connection(("127.0.0.1", way.port), timeout=5) as connection:
        connection.sendall(b"GET /page HTTP/1.1\r\nHost: a\r\n\r\n")
        connection.recv(10)
        way.set_fault(REFUSED)
        with pytest.raises(ConnectionResetError):
            while connection.recv(65536):
                pass


def test_a_hanging_way_says_nothing_and_then_everything(way):
    way.set_fault(HANGING)
    with pytest.raises(TimeoutError):
        ask(way, seconds=0.3)
    with socket.create_connection(("127.0.0.1", way.port), timeout=5) as connection:
        connection.sendall(b"GET /page HTTP/1.1\r\nHost: a\r\n\r\n")
        time.sleep(0.1)
        way.set_fault(SOUND)
        assert connection.recv(12) == b"HTTP/1.1 200"


def test_an_answer_is_cut_after_some_bytes(way):
    with way.broken(Fault(cut_after_bytes=1000)):
        assert len(ask(way)) == 1000


def test_a_slow_way_takes_its_time(way):
    with way.broken(Fault(bytes_per_second=400_000)):
        began = time.monotonic()
        assert ask(way).endswith(PAGE)
        assert time.monotonic() - began > 0.4


def test_one_path_is_answered_with_500_and_another_is_not(way):
    post = b"POST /tasks/1/complete HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody"
    with way.broken(Fault(failing_path=r"/complete$")):
        assert ask(way, post).startswith(b"HTTP/1.1 500 ")
        assert ask(way).endswith(PAGE)
    assert Pages.posted == []
    assert way.counts["failed"] == 1


@pytest.mark.parametrize("is_whole", [True, False])
@pytest.mark.parametrize("is_sent", [True, False])
def test_a_way_snaps_after_the_effect_and_before_the_answer(way, is_sent, is_whole):
    way.snap_at(Snap(after=b"POST", at=b"COMMIT", is_sent=is_sent, is_whole=is_whole))
    post = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nCOMMIT"
    assert ask(way, post) == b""
    assert Pages.posted == ([b"COMMIT"] if is_sent else [])
    if is_whole:
        with pytest.raises(ConnectionRefusedError):
            ask(way)
    else:
        assert ask(way).endswith(PAGE)
