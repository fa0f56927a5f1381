"""The private port of a process: `/health` for the supervisor and `/metrics` for Prometheus.

Served by a daemon thread beside the process's real work, on an address that the edge does not reach.
"""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from socketserver import ThreadingMixIn
from typing import Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app

_MAX_CONNECTIONS: Final = 64
#: A health check that asks a dependency takes up to 3 s.
_CONNECTION_SECONDS: Final = 10.0

#: Returns whether the process can work, and details to show.
HealthCheck = Callable[[], tuple[bool, dict[str, Any]]]


class _Server(ThreadingMixIn, WSGIServer):
    """A thread for each connection, few and for a short time: a well-behaved client is answered
    beside any number of slow ones."""

    daemon_threads = True
    request_queue_size = 128

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open[request] = time.monotonic()
        if len(self._open) > _MAX_CONNECTIONS:
            oldest = next(iter(list(self._open)))
            # At once: its own thread may be late, and the next connection needs the place.
            self._open.pop(oldest, None)
            _end(oldest)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.pop(request, None)
        super().shutdown_request(request)

    def serve(self) -> None:
        """Answer forever. Sleeps until a client connects or a connection's time is up, while
        serve_forever would wake up twice a second."""
        while True:
            self.timeout = self._find_seconds_left()
            self.handle_request()
            self._end_overdue()

    def _find_seconds_left(self) -> float | None:
        """Return how long the oldest connection may still last, or None if there is none."""
        started = next(iter(list(self._open.values())), None)
        return None if started is None else max(0.0, started + _CONNECTION_SECONDS - time.monotonic())

    def _end_overdue(self) -> None:
        for request, started in list(self._open.items()):
            if time.monotonic() - started >= _CONNECTION_SECONDS:
                self._open.pop(request, None)
                _end(request)

    def server_activate(self) -> None:
        self._open: dict[Any, float] = {}
        super().server_activate()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that disconnects is not worth a line."""


def _end(request: socket.socket) -> None:
    """Wake up the thread that waits for the client; the thread closes the connection."""
    with suppress(OSError):
        request.shutdown(socket.SHUT_RDWR)


class _QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """A scrape every few seconds is not worth a line."""


def serve_private_port(
    port: int, *, host: str, registry: CollectorRegistry, check_health: HealthCheck
) -> None:
    """Start to serve, and return. Raises OSError on a port in use."""

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/metrics":
            metrics: Iterable[bytes] = make_wsgi_app(registry)(environ, start_response)
            return metrics
        is_healthy, detail = check_health()
        start_response(
            "200 OK" if is_healthy else "503 Service Unavailable", [("Content-Type", "application/json")]
        )
        return [json.dumps({"status": "ok" if is_healthy else "unavailable", **detail}).encode()]

    server = make_server(host, port, answer, server_class=_Server, handler_class=_QuietHandler)
    threading.Thread(target=server.serve, name="private-port", daemon=True).start()
