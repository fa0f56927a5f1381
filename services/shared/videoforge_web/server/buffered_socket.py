"""A client's connection on which no thread waits, neither for a slow sender nor for a slow reader.

What cannot be sent at once is kept, up to `max_kept_bytes`, and the worker's loop sends it later,
while the thread already serves another request.
"""

import errno
import select
import socket
import time
from collections import deque
from typing import Any, Final

_RECEIVE_BYTES: Final = 256 * 1024
#: How long a thread waits where it has to: for a request whose end is unknown, or for the reader of
#: an answer that is larger than what is kept.
THREAD_WAIT_SECONDS: Final = 5.0
THREAD_SEND_SECONDS: Final = 20.0


class BufferedSocket(socket.socket):
    """A connected socket; takes over the descriptor of the plain one."""

    def __init__(self, plain: socket.socket, *, max_kept_bytes: int) -> None:
        super().__init__(plain.family, plain.type, plain.proto, fileno=plain.detach())
        self._max_kept_bytes = max_kept_bytes
        self._kept: deque[memoryview] = deque()
        self.kept_bytes = 0
        self.read_until_seconds = 0.0

    def receive_now(self) -> bytes | None:
        """Return what has arrived: None if nothing has, b"" at the end. Raises OSError."""
        try:
            return super().recv(_RECEIVE_BYTES, socket.MSG_DONTWAIT)
        except (BlockingIOError, InterruptedError):
            return None

    def recv(self, bufsize: int, flags: int = 0) -> bytes:
        """Read in a thread, which waits until `read_until_seconds` and then drops the client."""
        self.settimeout(max(0.001, self.read_until_seconds - time.monotonic()))
        try:
            return super().recv(bufsize, flags)
        except (TimeoutError, BlockingIOError) as error:
            raise ConnectionResetError(errno.ECONNRESET, "the request did not arrive in time") from error

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Send what can be sent at once and keep the rest. Raises BrokenPipeError if the client
        does not read and the rest is too much to keep."""
        self._kept.append(memoryview(bytes(data)))
        self.kept_bytes += len(data)
        self.send_kept()
        deadline = time.monotonic() + THREAD_SEND_SECONDS
        while self.kept_bytes > self._max_kept_bytes:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([], [self], [], left)[1]:
                raise BrokenPipeError(errno.EPIPE, "the client does not read its answer")
            self.send_kept()

    def send_kept(self) -> None:
        """Send as much as possible without waiting. Raises OSError if the client is gone."""
        while self._kept:
            try:
                sent = super().send(self._kept[0], socket.MSG_DONTWAIT)
            except (BlockingIOError, InterruptedError):
                return
            self.kept_bytes -= sent
            self._kept[0] = self._kept[0][sent:]
            if not self._kept[0]:
                self._kept.popleft()
