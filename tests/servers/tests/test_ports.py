"""Parallel sessions never get the same port, and a killed session's ports are free again."""

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from infra.local.processes.health import is_port_free
from infra.local.settings import REPOSITORY
from tests.servers.ports import PORTS, _held, _lock, _unlock, find_free_ports, find_free_range

pytestmark = pytest.mark.integration

SESSIONS, EACH = 4, 300
SESSION = f"""
import sys
from tests.servers.ports import find_free_ports, find_free_range
first = find_free_range(4)
print(*find_free_ports({EACH}), *range(first, first + 4), flush=True)
sys.stdin.read()
"""


def start_session():
    return subprocess.Popen(
        [sys.executable, "-c", SESSION],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_sessions_side_by_side_share_no_port():
    with ExitStack() as stack:
        sessions = [stack.enter_context(start_session()) for _ in range(SESSIONS)]
        ports = [int(word) for session in sessions for word in session.stdout.readline().split()]
        assert len(ports) == SESSIONS * (EACH + 4)
        assert len(set(ports)) == len(ports)
        assert not set(ports) & set(find_free_ports(EACH))
        for session in sessions:
            session.kill()


def test_what_a_killed_session_held_is_free_again():
    with start_session() as session:
        port = int(session.stdout.readline().split()[0])
        assert not _lock(port)
        session.kill()
    assert _lock(port)
    _unlock(port)


def test_ports_are_free_and_none_that_the_kernel_gives_away():
    [port], first = find_free_ports(1), find_free_range(4)
    assert is_port_free(port)
    assert all(is_port_free(first + step) for step in range(4))
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert port < PORTS.stop <= lowest


def test_a_long_session_gives_back_what_it_was_given_first(monkeypatch):
    monkeypatch.setattr("tests.servers.ports._MOST_HELD", 10)
    find_free_ports(12)
    assert len(_held) == 10
