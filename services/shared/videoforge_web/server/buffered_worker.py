"""gunicorn's threaded worker with buffers: a thread works on a request from its last byte to its answer only.

gunicorn's own worker gives a connection to a thread as soon as one byte has arrived: 64 clients
that sent a body byte by byte took every thread of the API (measured 2026-11-28). Here the worker's
loop

    reads      until head and body are complete, within `head_seconds` and `request_seconds`
    queues     requests of a network (as the edge names it) that already has its share of the threads
    runs       the request in a thread, as gunicorn does
    flushes    what the client has not read yet, within `flush_seconds`
    lingers    up to 2 s for a client that should close; gunicorn's own worker stops its loop for that

Configuration modules take `build_worker(...)` as `worker_class`. Modelled on gunicorn 27's gthread,
whose methods it overrides; tests/integration/test_buffered_worker.py checks what it relies on.
"""

import ctypes
import selectors
import signal
import socket
import time
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from gunicorn.workers.gthread import TConn, ThreadWorker  # type: ignore[import-untyped]

from videoforge.problems import Problem
from videoforge_web.addresses import name_network
from videoforge_web.server.buffered_socket import THREAD_WAIT_SECONDS, BufferedSocket
from videoforge_web.server.incoming import IncomingRequest
from videoforge_web.server.limits import LATE, TOO_LARGE, TOO_MANY, ServerLimits, render_refusal

_PR_SET_PDEATHSIG: Final = 1
_LINGER_SECONDS: Final = 2.0
_NO_DESCRIPTOR_SECONDS: Final = 0.05
#: Connections with an incomplete request; one more closes the oldest of them.
_MAX_READING: Final = 256
#: Bytes that all of them hold together; more closes the one that holds most.
_MAX_HELD_BYTES: Final = 64 * 1024 * 1024


@dataclass
class _Watch:
    """What the loop waits for on a connection, and what happens if it does not come in time."""

    started_at_seconds: float
    seconds: float
    on_late: Callable[["_Connection"], None]
    is_reading: bool = False


class _Connection(TConn):  # type: ignore[misc]
    """One client; `network` is "" for callers that do not come through the edge."""

    sock: BufferedSocket
    incoming: IncomingRequest
    network: str = ""
    outcome: "Future[Any]"


class BufferedWorker(ThreadWorker):  # type: ignore[misc]
    limits = ServerLimits(max_body_bytes=2 * 1024 * 1024)

    def init_process(self) -> None:
        # A worker that outlives a killed master would keep the port and answer with old code.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        self._watched: dict[_Connection, _Watch] = {}
        self._running: Counter[str] = Counter()
        self._queues: dict[str, deque[_Connection]] = {}
        self._held_bytes = 0
        self._stopped_seconds: float | None = None
        self._share = max(1, self.cfg.threads // 2)
        super().init_process()

    def accept(self, listener: socket.socket) -> None:
        """Accept a connection; near the limit, close the one that has been idle longest."""
        try:
            plain, address = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        except OSError as error:  # no file descriptors are left
            self.log.warning("no connection can be accepted: %s", error)
            self._make_room(most=0)
            time.sleep(_NO_DESCRIPTOR_SECONDS)
            return
        sock = BufferedSocket(plain, max_kept_bytes=self.limits.max_kept_bytes)
        self.nr_conns += 1
        if self.keepalived_conns and self.nr_conns > self.worker_connections // 2:
            self.keepalived_conns[0].timeout = 0.0
            self.murder_keepalived()
        self.enqueue_req(_Connection(self.cfg, sock, address, listener.getsockname()))

    # ---- reading

    def enqueue_req(self, conn: _Connection) -> None:
        """Start to read a request; gunicorn calls this where its own worker would start a thread."""
        conn.sock.setblocking(False)
        conn.incoming = IncomingRequest(max_body_bytes=self.limits.max_body_bytes)
        self._watch(conn, selectors.EVENT_READ, self._read, seconds=self.limits.head_seconds)
        self._watched[conn].on_late = self._refuse_late
        self._watched[conn].is_reading = True
        self._make_room(most=_MAX_READING)
        if conn.initialized:  # the last read may have reached into this request
            self._take(conn, conn.parser.unreader.take_buffered())

    def _read(self, conn: _Connection) -> None:
        data = conn.sock.receive_now()
        if data == b"":
            self._drop(conn)
        elif data:
            self._take(conn, data)

    def _take(self, conn: _Connection, data: bytes) -> None:
        incoming = conn.incoming
        incoming.feed(data)
        self._held_bytes += len(data)
        if incoming.is_too_large:
            self._refuse(conn, TOO_LARGE)
        elif incoming.is_whole:
            self._unwatch(conn)
            self._admit(conn)
        elif incoming.has_head:
            self._watched[conn].seconds = self.limits.request_seconds
            if incoming.wants_continue:
                incoming.wants_continue = False
                with suppress(OSError):
                    conn.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            if self._held_bytes > _MAX_HELD_BYTES:
                self._drop(max(self._list_reading(), key=lambda reader: len(reader.incoming.data)))

    def _make_room(self, *, most: int) -> None:
        reading = self._list_reading()
        if len(reading) > most:
            self._drop(reading[0])

    def _list_reading(self) -> list[_Connection]:
        """Return the connections with an incomplete request, oldest first."""
        return [conn for conn, watch in self._watched.items() if watch.is_reading]

    def _refuse_late(self, conn: _Connection) -> None:
        if conn.incoming.data:
            self._refuse(conn, LATE)
        else:
            self._drop(conn)

    # ---- running

    def _admit(self, conn: _Connection) -> None:
        """Run the request, or queue it if its network already has its share of the threads."""
        forwarded = conn.incoming.get_field("X-Forwarded-For").rpartition(",")[2].strip()
        conn.network = name_network(forwarded) if forwarded else ""
        if not conn.network or self._running[conn.network] < self._share:
            self._run_request(conn)
            return
        queue = self._queues.setdefault(conn.network, deque())
        if len(queue) < self.limits.max_queued:
            queue.append(conn)
        else:
            self._refuse(conn, TOO_MANY)

    def _run_request(self, conn: _Connection) -> None:
        self._running[conn.network] += 1
        conn.data_ready = True
        conn.init()
        conn.parser.unreader.unread(bytes(conn.incoming.data))
        conn.incoming.data.clear()
        conn.sock.read_until_seconds = time.monotonic() + THREAD_WAIT_SECONDS
        super().enqueue_req(conn)

    def finish_request(self, conn: _Connection, fs: "Future[Any]") -> None:
        """The thread is free for the next request of the network, then the loop goes on with this client."""
        self._running[conn.network] -= 1
        if not self._running[conn.network]:
            del self._running[conn.network]
        if queue := self._queues.get(conn.network):
            self._run_request(queue.popleft())
            if not queue:
                del self._queues[conn.network]
        conn.outcome = fs
        if conn.sock.kept_bytes and not fs.cancelled() and fs.exception() is None:
            self._watch(conn, selectors.EVENT_WRITE, self._flush, seconds=self.limits.flush_seconds)
        else:
            self._go_on(conn)

    # ---- after the answer

    def _flush(self, conn: _Connection) -> None:
        conn.sock.send_kept()
        if not conn.sock.kept_bytes:
            self._unwatch(conn)
            self._go_on(conn)

    def _go_on(self, conn: _Connection) -> None:
        is_kept = not conn.outcome.cancelled() and conn.outcome.exception() is None and conn.outcome.result()
        if is_kept:
            super().finish_request(conn, conn.outcome)
        else:
            self._linger(conn)

    def _linger(self, conn: _Connection) -> None:
        """Close our side and wait briefly for the client to close its own (RFC 9112, section 9.6)."""
        with suppress(OSError):  # a client that is gone is dropped at the next event
            conn.sock.shutdown(socket.SHUT_WR)
        self._watch(conn, selectors.EVENT_READ, self._read_away, seconds=_LINGER_SECONDS)

    def _read_away(self, conn: _Connection) -> None:
        if conn.sock.receive_now() == b"":
            self._drop(conn)

    def _refuse(self, conn: _Connection, problem: Problem) -> None:
        self._unwatch(conn)
        request_id = conn.incoming.get_field("X-Request-Id")
        self.log.info("refused before the application: %s, request %s", problem.code, request_id or "-")
        with suppress(OSError):
            conn.sock.sendall(render_refusal(problem, request_id=request_id))
        self._linger(conn)

    # ---- watching

    def murder_pending(self) -> None:
        """Drop what the loop has waited for too long; gunicorn calls this at least once a second."""
        now = time.monotonic()
        if not self.alive and self._stopped_seconds is None:
            self._stopped_seconds = now
        # a stopping worker does not wait for slow clients
        is_over = self._stopped_seconds is not None and now - self._stopped_seconds >= _LINGER_SECONDS
        for conn, watch in list(self._watched.items()):
            is_late = is_over or now - watch.started_at_seconds >= watch.seconds
            if is_late and self._watched.get(conn) is watch:
                watch.on_late(conn)

    def _watch(
        self, conn: _Connection, events: int, callback: Callable[[_Connection], None], *, seconds: float
    ) -> None:
        """Call back whenever the connection is ready; drop one that breaks or takes longer."""

        def call_back(_sock: BufferedSocket) -> None:
            if self._watched.get(conn) is not watch:
                return  # an earlier event of the same round has ended this watch
            try:
                callback(conn)
            except OSError:
                self._drop(conn)

        watch = self._watched[conn] = _Watch(time.monotonic(), seconds, on_late=self._drop)
        self.poller.register(conn.sock, events, call_back)

    def _unwatch(self, conn: _Connection) -> None:
        if watch := self._watched.pop(conn, None):
            self.poller.unregister(conn.sock)
            if watch.is_reading:
                self._held_bytes -= len(conn.incoming.data)

    def _drop(self, conn: _Connection) -> None:
        self._unwatch(conn)
        self.nr_conns -= 1
        conn.close()


def build_worker(limits: ServerLimits) -> type[BufferedWorker]:
    """Return the worker class of a server with these limits."""
    return type("BufferedWorker", (BufferedWorker,), {"limits": limits})
