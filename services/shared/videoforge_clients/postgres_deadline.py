"""A deadline on our side for everything that waits for PostgreSQL.

A server that is stopped (SIGSTOP, a suspended machine, a disk that hangs) still acknowledges what
it is sent, since its kernel does. So statement_timeout, which the server itself keeps, and
tcp_user_timeout, which fires where nothing is acknowledged, both stay silent. psycopg2 hands all
waiting to one function of the process (psycopg2 documentation, "Support for coroutine libraries"):
ours polls the socket until the deadline and then raises, which closes the connection. Connecting,
the pool's ping, statements, COMMIT and ROLLBACK all wait there.

The deadline belongs to the thread, for the length of `limit_silence`. Without it, as in programs
that never call it, a wait has no limit. COPY and large objects do not work in this mode.
"""

import select
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg2
import psycopg2.extensions as pg


class ServerSilent(psycopg2.OperationalError):
    """The server did not answer within the deadline. Whether it ran the statement is unknown."""


class _Deadline:
    """Seconds of silence that one thread accepts. Work between two waits does not count, and after
    an answer the next wait has all of them again; a wait without an answer leaves nothing for later
    waits."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        #: by time.monotonic; set from the start, because the wait for the pool's connection counts too
        self._ends_at: float | None = time.monotonic() + seconds

    def begin_wait(self) -> None:
        if self._ends_at is None:
            self._ends_at = time.monotonic() + self._seconds

    def end_wait(self) -> None:
        self._ends_at = None

    @property
    def left_seconds(self) -> float:
        return self._seconds if self._ends_at is None else max(0.0, self._ends_at - time.monotonic())


_threads: Final = threading.local()
_EVENTS: Final = {pg.POLL_READ: select.POLLIN, pg.POLL_WRITE: select.POLLOUT}


@contextmanager
def limit_silence(seconds: float) -> Iterator[None]:
    """Wait at most so many seconds for an answer, in this thread, for the length of the block. Once
    they are used up, further waits fail at once until the block ends, such as the pool's attempt to
    reconnect. The call that waits raises ServerSilent, which SQLAlchemy wraps in its
    OperationalError."""
    before = getattr(_threads, "deadline", None)
    _threads.deadline = _Deadline(seconds)
    try:
        yield
    finally:
        _threads.deadline = before


def _wait(connection: Any) -> None:
    deadline: _Deadline | None = getattr(_threads, "deadline", None)
    if deadline:
        deadline.begin_wait()
    while (state := connection.poll()) != pg.POLL_OK:
        poller = select.poll()
        poller.register(connection.fileno(), _EVENTS[state])
        if not poller.poll(deadline.left_seconds * 1000 if deadline else None):
            raise ServerSilent("PostgreSQL does not answer")
    if deadline:
        deadline.end_wait()


def install() -> None:
    """Make every connection of this process wait here; a second call changes nothing."""
    pg.set_wait_callback(_wait)
