"""The private port of a process: `/health` for the supervisor and `/metrics` for Prometheus.

Served by one daemon thread beside the process's real work, on an address that no edge leads to.
"""

import json
import threading
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app

#: Returns whether the process can do its work, and what to show about it.
HealthCheck = Callable[[], tuple[bool, dict[str, Any]]]


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """A scrape every few seconds is no event."""


def serve_private_port(
    port: int, *, host: str, registry: Callable[[], CollectorRegistry], check_health: HealthCheck
) -> None:
    """Start to serve, and return. `registry` is asked at each scrape. Raises OSError on a port in use."""

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/metrics":
            metrics: Iterable[bytes] = make_wsgi_app(registry())(environ, start_response)
            return metrics
        is_healthy, detail = check_health()
        start_response(
            "200 OK" if is_healthy else "503 Service Unavailable", [("Content-Type", "application/json")]
        )
        return [json.dumps({"status": "ok" if is_healthy else "unavailable", **detail}).encode()]

    server = make_server(host, port, answer, server_class=_Server, handler_class=_QuietHandler)
    threading.Thread(target=server.serve_forever, name="private-port", daemon=True).start()
