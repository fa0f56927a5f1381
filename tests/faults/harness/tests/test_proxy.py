"""The proxy applies its faults to a conversation, and forwards everything without one."""

import http.server
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar

import pytest

from infra.local.processes.health import wait_until
from tests.faults.harness.proxy import HANGING, REFUSED, SOUND, Fault, Links, Snap

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
        """These tests are about connections that are cut."""


@pytest.fixture
def link():
    Pages.posted.clear()
    server = PageServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    with Links() as links:
        yield links.lead("page", to_port=server.server_address[1])
    server.shutdown()
    server.server_close()


def ask(link, request=b"GET /page HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", *, seconds=5):
    """Return all bytes until the connection ends."""
    with socket.create_connection(("127.0.0.1", link.port), timeout=seconds) as connection:
        connection.sendall(request)
        answer = b""
        try:
            while chunk := connection.recv(65536):
                answer += chunk
        except ConnectionResetError:
            pass
        return answer


def test_a_sound_link_passes_everything(link):
    assert ask(link).endswith(PAGE)


def test_a_refused_link_refuses_and_is_restored_at_the_same_port(link):
    port = link.port
    with link.broken(REFUSED), pytest.raises(ConnectionRefusedError):
        ask(link)
    assert link.port == port
    assert ask(link).endswith(PAGE)


def test_refusing_ends_what_is_open(link):
    with socket.create_connection(("127.0.0.1", link.port), timeout=5) as connection:
        connection.sendall(b"GET /page HTTP/1.1\r\nHost: a\r\n\r\n")
        connection.recv(10)
        link.set_fault(REFUSED)
        with pytest.raises(ConnectionResetError):
            while connection.recv(65536):
                pass


def test_a_hanging_link_says_nothing_and_then_everything(link):
    link.set_fault(HANGING)
    with pytest.raises(TimeoutError):
        ask(link, seconds=0.3)
    with socket.create_connection(("127.0.0.1", link.port), timeout=5) as connection:
        connection.sendall(b"GET /page HTTP/1.1\r\nHost: a\r\n\r\n")
        time.sleep(0.1)
        link.set_fault(SOUND)
        assert connection.recv(12) == b"HTTP/1.1 200"


def test_an_answer_is_cut_after_some_bytes(link):
    with link.broken(Fault(cut_after_bytes=1000)):
        assert len(ask(link)) == 1000


def test_a_slow_link_takes_its_time(link):
    with link.broken(Fault(bytes_per_second=400_000)):
        began = time.monotonic()
        assert ask(link).endswith(PAGE)
        assert time.monotonic() - began > 0.4


def test_one_path_is_answered_with_500_and_another_is_not(link):
    post = b"POST /tasks/1/complete HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody"
    with link.broken(Fault(failing_path=r"/complete$")):
        assert ask(link, post).startswith(b"HTTP/1.1 500 ")
        assert ask(link).endswith(PAGE)
    assert Pages.posted == []
    assert link.counts["failed"] == 1


def test_one_path_waits_until_the_link_is_restored_and_another_does_not(link):
    post = b"POST /00007.m4s HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbody"
    with ThreadPoolExecutor() as pool:
        with link.broken(Fault(hanging_path=r"/00007\.m4s$")):
            held = pool.submit(ask, link, post)
            assert ask(link).endswith(PAGE)
            assert not wait_until(held.done, seconds=0.3, step_seconds=0.1)
            assert Pages.posted == []
        assert held.result(timeout=5).startswith(b"HTTP/1.")
    assert len(Pages.posted) == 1


@pytest.mark.parametrize("is_whole", [True, False])
@pytest.mark.parametrize("is_sent", [True, False])
def test_a_link_snaps_after_the_effect_and_before_the_answer(link, is_sent, is_whole):
    link.snap_at(Snap(after=b"POST", at=b"COMMIT", is_sent=is_sent, is_whole=is_whole))
    post = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nCOMMIT"
    assert ask(link, post) == b""
    assert Pages.posted == ([b"COMMIT"] if is_sent else [])
    if is_whole:
        with pytest.raises(ConnectionRefusedError):
            ask(link)
    else:
        assert ask(link).endswith(PAGE)
