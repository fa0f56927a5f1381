"""TCP links between two processes of a stack, each of which can be broken from outside.

A `Link` listens on its own port and forwards bytes to one server. Its `Fault` says what it does to
them: nothing, refuse, hang, cut after some bytes, slow down, hold an HTTP path, or answer it with
500. A link that hangs drops nothing: a caller that waits long enough finds the connection
unchanged, as after a network partition. `snap_at` breaks a link at one moment of a conversation:
after the server has done what these bytes request, and before the caller gets the response.
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
#: time for the server to handle the request before the link is cut
_EFFECT_SECONDS: Final = 0.5
#: how often a held request looks whether it may go on
_LOOK_EVERY_SECONDS: Final = 0.05


@dataclass(frozen=True)
class Fault:
    """What a link does; fields can be combined. `failing_path` and `hanging_path` are patterns of
    request paths; whoever sends such a request waits while the link has this fault."""

    is_refused: bool = False
    is_hanging: bool = False
    cut_after_bytes: int | None = None
    bytes_per_second: int | None = None
    failing_path: str | None = None
    hanging_path: str | None = None


SOUND: Final = Fault()
REFUSED: Final = Fault(is_refused=True)
HANGING: Final = Fault(is_hanging=True)


@dataclass(frozen=True)
class Snap:
    """A connection that sent `after` is reset when it sends `at`; with `is_sent` the server still
    gets that. With `is_whole` the link refuses from then on, otherwise the next connection
    works."""

    after: bytes
    at: bytes
    is_sent: bool = True
    is_whole: bool = False


@dataclass
class Link:
    """One link; its methods may be called from any thread."""

    name: str
    target_port: int
    port: int = 0
    #: connections, requests answered with 500, and snaps so far
    counts: dict[str, int] = field(default_factory=lambda: {"connections": 0, "failed": 0, "snapped": 0})
    _fault: Fault = SOUND
    _snap: Snap | None = None
    _loop: asyncio.AbstractEventLoop | None = None
    _server: asyncio.Server | None = None
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)
    _flowing: asyncio.Event = field(default_factory=asyncio.Event)

    def set_fault(self, fault: Fault) -> None:
        """Do this to all traffic from now on; refusing also ends open connections."""
        self._call(self._apply(fault))

    @contextmanager
    def broken(self, fault: Fault) -> Iterator[None]:
        self.set_fault(fault)
        try:
            yield
        finally:
            self.set_fault(SOUND)

    def snap_at(self, snap: Snap) -> None:
        """Break the link at that moment, once; `set_fault(SOUND)` restores it."""
        self._snap = snap

    async def open(self) -> None:
        self._loop = asyncio.get_running_loop()
        await self._apply(self._fault)

    def _call(self, work: Coroutine[Any, Any, None]) -> None:
        assert self._loop is not None, "the link is not open"
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
                while _is_request(chunk, path=self._fault.hanging_path):
                    await asyncio.sleep(_LOOK_EVERY_SECONDS)
                if _is_request(chunk, path=self._fault.failing_path):
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

    async def _answer_500(
        self,
        chunk: bytes,
        reader: asyncio.StreamReader,
        *,
        back: asyncio.StreamWriter,
        target: asyncio.StreamWriter,
    ) -> None:
        """Read the request to its end, otherwise the following reset would discard the response."""
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
        """Hold responses before the request is forwarded, so that none gets through."""
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


def _is_request(chunk: bytes, *, path: str | None) -> bool:
    """Say whether these bytes begin a request whose path matches the pattern."""
    line = _REQUEST_LINE.match(chunk)
    return bool(path and line and re.search(path, line[1].decode("latin-1")))


def _reset(writer: asyncio.StreamWriter) -> None:
    """End a connection with RST, whatever was still unread, as if the host had died."""
    if writer.transport.is_closing():
        return
    peer = writer.get_extra_info("socket")
    with contextlib.suppress(OSError):  # it has just ended
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


class Links:
    """All links of a stack, served by one thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="links", daemon=True)
        self._links: dict[str, Link] = {}

    def __enter__(self) -> "Links":
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._run(self._close_all())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._loop.close()

    def __getitem__(self, name: str) -> Link:
        return self._links[name]

    def list_links(self, is_wanted: Callable[[str], bool] = lambda _name: True) -> list[Link]:
        return [link for name, link in self._links.items() if is_wanted(name)]

    def lead(self, name: str, *, to_port: int) -> Link:
        """Return the link of this name, opened on the first call."""
        if name not in self._links:
            link = Link(name, to_port)
            self._run(link.open())
            self._links[name] = link
        return self._links[name]

    def restore(self) -> None:
        """Restore all links."""
        for link in self._links.values():
            link._snap = None
            link.set_fault(SOUND)

    async def _close_all(self) -> None:
        for link in self._links.values():
            await link._close_door()
        await asyncio.sleep(0)
        for task in asyncio.all_tasks():
            if task is not asyncio.current_task():
                task.cancel()

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=10)
