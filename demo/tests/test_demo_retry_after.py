"""The demo waits as long as Retry-After says; the tests of limits do not."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from demo.api_client import ApiClient
from demo.errors import ApiError


class _LimitedOnce(BaseHTTPRequestHandler):
    calls = 0

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        type(self).calls += 1
        body = b'{"detail": "Too many requests.", "code": "rate_limited"}' if self.calls == 1 else b"{}"
        self.send_response(429 if self.calls == 1 else 200)
        self.send_header("Retry-After", "1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


@pytest.fixture
def origin() -> Iterator[str]:
    _LimitedOnce.calls = 0
    server = HTTPServer(("127.0.0.1", 0), _LimitedOnce)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.integration
def test_a_client_that_waits_retries_after_the_given_time(origin: str) -> None:
    client = ApiClient(origin, waits_when_limited=True)
    assert client.post("auth/login") == {}
    client.close()


@pytest.mark.integration
def test_any_other_client_is_refused(origin: str) -> None:
    client = ApiClient(origin)
    with pytest.raises(ApiError):
        client.post("auth/login")
    client.close()
