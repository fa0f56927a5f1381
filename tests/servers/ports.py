"""Ports for tests and benchmarks, never given to two sessions on one machine.

A port that is free now may be taken by another session before it is listened on, or by the kernel
for an outgoing connection. So ports come from below the kernel's range, and each is reserved by a
lock on one byte of a file that all sessions share, at the offset of the port's number (fcntl(2)).
The lock ends with the process, even if it is killed.
"""

import fcntl
import os
import random
import tempfile
from collections import deque
from pathlib import Path
from typing import Final

from infra.local.processes.health import is_port_free

#: The kernel uses 32768 and above (ip_local_port_range); the stack's own defaults end at 16379.
PORTS: Final = range(20_000, 32_000)
#: Maximum that a session holds; it releases the oldest, which are in use or finished by then.
_MOST_HELD: Final = 2_000

_held: deque[int] = deque()
_files: list[int] = []


class NoPortsLeft(Exception):
    """Every port of the range is reserved or in use."""


def find_free_ports(count: int) -> list[int]:
    """Return different ports that nothing listens on and that no other session gets."""
    return [find_free_range(1) for _ in range(count)]


def find_free_range(count: int) -> int:
    """Return the first of `count` such ports in a row, as processors need them. Raises
    NoPortsLeft."""
    first = random.randrange(len(PORTS))
    for step in range(len(PORTS)):
        start = PORTS[(first + step) % len(PORTS)]
        ports = range(start, start + count)
        if ports.stop <= PORTS.stop and _reserve(ports):
            return start
    raise NoPortsLeft(f"no {count} ports in a row are free from {PORTS.start} to {PORTS.stop}")


def _reserve(ports: range) -> bool:
    """Reserve all or none. A process is not blocked by its own locks, hence the list."""
    locked: list[int] = []
    for port in ports:
        if port not in _held and _lock(port):
            locked.append(port)
            if is_port_free(port):
                continue
        for unused in locked:
            _unlock(unused)
        return False
    _held.extend(locked)
    while len(_held) > _MOST_HELD:
        _unlock(_held.popleft())
    return True


def _lock(port: int) -> bool:
    try:
        fcntl.lockf(_open(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except OSError:
        return False
    return True


def _unlock(port: int) -> None:
    fcntl.lockf(_open(), fcntl.LOCK_UN, 1, port)


def _open() -> int:
    """Return the single descriptor: closing another one of this file would release the locks."""
    if not _files:
        path = Path(tempfile.gettempdir(), f"videoforge-test-ports-{os.getuid()}")
        _files.append(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    return _files[0]
