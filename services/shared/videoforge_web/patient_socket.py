"""A client's connection on which no thread waits: neither for what a slow client sends nor for what it reads.

What cannot be sent at once is kept, up to `max_kept_bytes`, and sent on by the worker's loop when the thread
has long turned to another request.
"""

import errno
import select
import socket
import time
from collections import deque
from typing import Any, Final

_RECEIVE_BYTES: Final = 256 * 1024
#: How long a thread waits where it must: for a request whose end could not be told, or for a reader of more
#: than is kept.
THREAD_WAIT_SECONDS: Final = 5.0
THREAD_SEND_SECONDS: Final = 20.0


class PatientSocket(socket.socket):
    """A connected socket; takes over the descriptor of the one it is made from."""

    def __init__(self, plain: socket.socket, *, max_kept_bytes: int) -> None:
        super().__init__(plain.family, plain.type, plain.proto, fileno=plain.detach())
        self._max_kept_bytes = max_kept_bytes
        self._kept: deque[memoryview] = deque()
        self.kept_bytes = 0
        self.read_until_seconds = 0.0

    def receive_now(self) -> bytes | None:
        """Return what is there: None for nothing yet, b"" for the end. Raises OSError."""
        try:
            return super().recv(_RECEIVE_BYTES, socket.MSG_DONTWAIT)
        except (BlockingIOError, InterruptedError):
            return None

    def recv(self, bufsize: int, flags: int = 0) -> bytes:
        """Read in a thread, which waits until `read_until_seconds` and then gives the client up."""
        self.settimeout(max(0.001, self.read_until_seconds - time.monotonic()))
        try:
            return super().recv(bufsize, flags)
        except (TimeoutError, BlockingIOError) as error:
            raise ConnectionResetError(errno.ECONNRESET, "the request did not arrive in time") from error

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Send what goes at once and keep the rest. Raises BrokenPipeError where the client does not read
        and more would have to be kept."""
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
        """Send as much as goes without waiting. Raises OSError where the client is gone."""
        while self._kept:
            try:
                sent = super().send(self._kept[0], socket.MSG_DONTWAIT)
            except (BlockingIOError, InterruptedError):
                return
            self.kept_bytes -= sent
            self._kept[0] = self._kept[0][sent:]
            if not self._kept[0]:
                self._kept.popleft()
