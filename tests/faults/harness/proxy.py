"""TCP ways between two processes of a stack, each of which can be broken from outside.

A `Way` listens on a port of its own and passes bytes on to one server. What it does to them is its
`Fault`: nothing, refuse, hang, cut after some bytes, slow down, or answer an HTTP path with 500. A way
that hangs drops nothing: whoever waited long enough finds the connection as it was, which is what a
partition looks like. `snap_at` breaks a way at one moment of a conversation: after the server has done
what these bytes asked for, and before whoever asked is told.
"""

import asyncio
import contextlib
import re
import socket
import struct
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

_CHUNK_BYTES: Final = 64 * 1024
_HEAD_END: Final = b"\r\n\r\n"
_REQUEST_LINE: Final = re.compile(rb"^[A-Z]+ (\S+) HTTP/1\.[01]\r\n")
_CONTENT_LENGTH: Final = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
_ANSWER_500: Final = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
#: how long a server gets to do what it was asked for before the way is cut behind it
_EFFECT_SECONDS: Final = 0.5


@dataclass(frozen=True)
class Fault:
    """What a way does; the fields may be joined. `failing_path` is a pattern of request paths."""

    is_refused: bool = False
    is_hanging: bool = False
    cut_after_bytes: int | None = None
    bytes_per_second: int | None = None
    failing_path: str | None = None


SOUND: Final = Fault()
REFUSED: Final = Fault(is_refused=True)
HANGING: Final = Fault(is_hanging=True)


@dataclass(frozen=True)
class Snap:
    """A connection that sent `after` is reset when it sends `at`; `is_sent` is whether the server still gets
    that. With `is_whole` the way is refused from then on, else the next connection finds it sound."""

    after: bytes
    at: bytes
    is_sent: bool = True
    is_whole: bool = False


@dataclass
class Way:
    """One way; its methods may be called from any thread."""

    name: str
    target_port: int
    port: int = 0
    #: connections, requests that were answered with 500, and snaps so far
    counts: dict[str, int] = field(default_factory=lambda: {"connections": 0, "failed": 0, "snapped": 0})
    _fault: Fault = SOUND
    _snap: Snap | None = None
    _loop: asyncio.AbstractEventLoop | None = None
    _server: asyncio.Server | None = None
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)
    _flowing: asyncio.Event = field(default_factory=asyncio.Event)

    def set_fault(self, fault: Fault) -> None:
        """Do this to what passes from now on; refusing also ends what is open."""
        self._call(self._apply(fault))

    @contextmanager
    def broken(self, fault: Fault) -> Iterator[None]:
        self.set_fault(fault)
        try:
            yield
        finally:
            self.set_fault(SOUND)

    def snap_at(self, snap: Snap) -> None:
        """Break the way at that moment, once; `set_fault(SOUND)` mends it."""
        self._snap = snap

    async def open(self) -> None:
        self._loop = asyncio.get_running_loop()
        await self._apply(self._fault)

    def _call(self, work: Coroutine[Any, Any, None]) -> None:
        assert self._loop is not None, "the way is not open"
        asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=10)

    async def _apply(self, fault: Fault) -> None:
        self._fault = fault
        if fault.is_hanging:
            self._flowing.clear()
        else:
            self._flowing.set()
        if fault.is_refused:
            await self._close_door()
        elif self._server is None:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def _close_door(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._writers):
            _reset(writer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.counts["connections"] += 1
        self._writers.add(writer)
        try:
            await self._flowing.wait()
            target = await asyncio.open_connection("127.0.0.1", self.target_port)
        except OSError:
            _reset(writer)
            self._writers.discard(writer)
            return
        self._writers.add(target[1])
        pumps = [
            asyncio.ensure_future(self._pump_requests(reader, target[1], back=writer)),
            asyncio.ensure_future(self._pump_answers(target[0], writer)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.ALL_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            for end in (writer, target[1]):
                self._writers.discard(end)
                end.transport.abort()

    async def _pump_requests(
        self, reader: asyncio.StreamReader, target: asyncio.StreamWriter, *, back: asyncio.StreamWriter
    ) -> None:
        has_begun = False
        with contextlib.suppress(OSError):
            while chunk := await reader.read(_CHUNK_BYTES):
                await self._flowing.wait()
                if self._is_failing(chunk):
                    await self._answer_500(chunk, reader, back=back, target=target)
                    return
                snap = self._snap
                has_begun = has_begun or (snap is not None and snap.after in chunk)
                if snap is not None and has_begun and snap.at in chunk:
                    await self._do_snap(snap, chunk, target=target, back=back)
                    return
                target.write(chunk)
                await target.drain()
            target.write_eof()

    async def _pump_answers(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        passed_bytes = 0
        with contextlib.suppress(OSError):
            while chunk := await reader.read(_CHUNK_BYTES):
                await self._flowing.wait()
                fault = self._fault
                if fault.cut_after_bytes is not None and passed_bytes + len(chunk) > fault.cut_after_bytes:
                    writer.write(chunk[: max(0, fault.cut_after_bytes - passed_bytes)])
                    await writer.drain()
                    break
                if fault.bytes_per_second:
                    await asyncio.sleep(len(chunk) / fault.bytes_per_second)
                passed_bytes += len(chunk)
                writer.write(chunk)
                await writer.drain()
        writer.close()

    def _is_failing(self, chunk: bytes) -> bool:
        line = _REQUEST_LINE.match(chunk)
        pattern = self._fault.failing_path
        return bool(pattern and line and re.search(pattern, line[1].decode("latin-1")))

    async def _answer_500(
        self,
        chunk: bytes,
        reader: asyncio.StreamReader,
        *,
        back: asyncio.StreamWriter,
        target: asyncio.StreamWriter,
    ) -> None:
        """Read the request to its end, else the reset that follows would take the answer along."""
        while _HEAD_END not in chunk:
            chunk += await reader.read(_CHUNK_BYTES)
        head, _, body = chunk.partition(_HEAD_END)
        length = _CONTENT_LENGTH.search(head)
        missing = (int(length[1]) if length else 0) - len(body)
        while missing > 0 and (more := await reader.read(_CHUNK_BYTES)):
            missing -= len(more)
        self.counts["failed"] += 1
        back.write(_ANSWER_500)
        await back.drain()
        target.close()

    async def _do_snap(
        self, snap: Snap, chunk: bytes, *, target: asyncio.StreamWriter, back: asyncio.StreamWriter
    ) -> None:
        """Answers are held from before the request is passed on, so that none slips through."""
        self._snap = None
        self.counts["snapped"] += 1
        self._flowing.clear()
        if snap.is_sent:
            target.write(chunk)
            await target.drain()
            await asyncio.sleep(_EFFECT_SECONDS)
        for end in (back, target):
            _reset(end)
        await self._apply(REFUSED if snap.is_whole else self._fault)


def _reset(writer: asyncio.StreamWriter) -> None:
    """End a connection as a dead host's neighbour does: by RST, whatever was still to be read."""
    if writer.transport.is_closing():
        return
    peer = writer.get_extra_info("socket")
    with contextlib.suppress(OSError):  # it has just ended by itself
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


class Ways:
    """All ways of a stack, served by one thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="ways", daemon=True)
        self._ways: dict[str, Way] = {}

    def __enter__(self) -> "Ways":
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._run(self._close_all())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._loop.close()

    def __getitem__(self, name: str) -> Way:
        return self._ways[name]

    def list_ways(self, is_wanted: Callable[[str], bool] = lambda _name: True) -> list[Way]:
        return [way for name, way in self._ways.items() if is_wanted(name)]

    def lead(self, name: str, *, to_port: int) -> Way:
        """Return the way of this name, opened at the first call."""
        if name not in self._ways:
            way = Way(name, to_port)
            self._run(way.open())
            self._ways[name] = way
        return self._ways[name]

    def mend(self) -> None:
        """Make all ways sound again."""
        for way in self._ways.values():
            way._snap = None
            way.set_fault(SOUND)

    async def _close_all(self) -> None:
        for way in self._ways.values():
            await way._close_door()
        await asyncio.sleep(0)
        for task in asyncio.all_tasks():
            if task is not asyncio.current_task():
                task.cancel()

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=10)
