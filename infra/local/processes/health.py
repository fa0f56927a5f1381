"""Health checks: one short request in the protocol of the process.

http: a GET with one of the good statuses, redirects not followed; redis: PING; postgresql:
pg_isready.
"""

import http.client
import socket
import subprocess
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from infra.local.processes.infrastructure import Health
from infra.local.processes.postgres_programs import find_postgres_program

_TIMEOUT_SECONDS = 3


def is_healthy(health: Health) -> bool:
    """Check once; False also if nothing answers within 3 s."""
    where = urlsplit(health.url)
    host, port = where.hostname or "127.0.0.1", where.port or 80
    try:
        if where.scheme == "redis":
            return _answers_ping(host, port=port)
        if where.scheme == "postgresql":
            return _accepts_connections(host, port=port)
        return _get_status(host, port=port, path=where.path or "/") in health.good_statuses
    except (OSError, http.client.HTTPException):
        return False


def wait_until(is_so: Callable[[], bool], *, seconds: float, step_seconds: float = 0.05) -> bool:
    """Return True as soon as the condition holds, False if it does not within the time."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(step_seconds)
    return True


def is_port_free(port: int, *, host: str = "127.0.0.1") -> bool:
    """Say whether a server could listen there now; with SO_REUSEADDR, as servers set it, TIME_WAIT
    does not count."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _answers_ping(host: str, *, port: int) -> bool:
    with socket.create_connection((host, port), timeout=_TIMEOUT_SECONDS) as connection:
        connection.sendall(b"PING\r\n")
        return connection.recv(16).startswith(b"+PONG")


def _accepts_connections(host: str, *, port: int) -> bool:
    command = [find_postgres_program("pg_isready"), "-q", "-h", host, "-p", str(port)]
    return subprocess.run(command, check=False).returncode == 0


def _get_status(host: str, *, port: int, path: str) -> int:
    connection = http.client.HTTPConnection(host, port, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()
