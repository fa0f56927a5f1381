"""Controls the running supervisord, by XML-RPC over its Unix socket."""

import os
import signal
import subprocess
import xmlrpc.client
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from supervisor.xmlrpc import SupervisorTransport

from infra.local.processes.health import wait_until
from infra.local.processes.infrastructure import bind_to_parent
from infra.local.settings import REPOSITORY, TOOLS

_START_SECONDS = 10
_NOT_RUNNING = 70  # supervisor.xmlrpc.Faults.NOT_RUNNING
_ALREADY_STARTED = 60  # supervisor.xmlrpc.Faults.ALREADY_STARTED


@dataclass(frozen=True)
class ProcessState:
    """A process as the supervisor sees it; `state` is one of its own names, such as RUNNING."""

    name: str
    state: str
    pid: int
    uptime_seconds: int


class Supervisor:
    """One supervisord. It must be running for all methods but `is_running` and `start`.

    It is a daemon or, with `is_bound`, a child process that ends with its parent, as tests need it.
    """

    def __init__(
        self, *, config_path: Path, socket_path: Path, pid_path: Path, is_bound: bool = False
    ) -> None:
        self._config_path = config_path
        self._socket_path = socket_path
        self._pid_path = pid_path
        self._is_bound = is_bound
        self._child: subprocess.Popen[bytes] | None = None

    def is_running(self) -> bool:
        try:
            return bool(self._call("supervisor.getState")["statename"] == "RUNNING")
        except (OSError, xmlrpc.client.Error):
            return False

    def end_deaf(self, *, seconds: float) -> None:
        """End a supervisor of this stack that is alive but unreachable, for example because its
        socket was removed with the temporary files. One that is shutting down gets the time to do
        so."""
        pid = self.find_pid()
        if pid is None or not self._is_ours(pid):
            self._reap()
            return
        with suppress(OSError, xmlrpc.client.Error):
            self._call("supervisor.getState")
            wait_until(lambda: not is_alive(pid), seconds=seconds)
        if is_alive(pid):
            os.kill(pid, signal.SIGKILL)  # its children end with it
            wait_until(lambda: not is_alive(pid), seconds=_START_SECONDS)
        self._reap()

    def _reap(self) -> None:
        if self._child is not None:
            self._child.wait(timeout=_START_SECONDS)

    def _is_ours(self, pid: int) -> bool:
        try:
            return os.fsencode(self._config_path) in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            return False

    def find_pid(self) -> int | None:
        """Return the process id from its pid file, whether or not that process is alive."""
        try:
            return int(self._pid_path.read_text())
        except (OSError, ValueError):
            return None

    def start(self, *, environment: Mapping[str, str]) -> None:
        """Start it and return when it answers. Raises RuntimeError with its output if it does
        not."""
        self._socket_path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        command = [str(TOOLS / "supervisord"), "-c", str(self._config_path)]
        start = self._start_child if self._is_bound else self._start_daemon
        words = start(command, environment=environment)
        if words is not None or not wait_until(self.is_running, seconds=_START_SECONDS):
            raise RuntimeError(f"The supervisor did not start. {words or ''}")

    def _start_daemon(self, command: list[str], *, environment: Mapping[str, str]) -> str | None:
        """Return None, or its output if it failed."""
        done = subprocess.run(
            command, cwd=REPOSITORY, env=dict(environment), capture_output=True, text=True, check=False
        )
        return None if done.returncode == 0 else done.stderr or done.stdout

    def _start_child(self, command: list[str], *, environment: Mapping[str, str]) -> str | None:
        self._reap()  # a killed one, before the next is started
        self._child = subprocess.Popen(
            bind_to_parent([*command, "--nodaemon", "--silent"]),
            cwd=REPOSITORY,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
        )
        return None

    def reload(self, *, stop_rank: Callable[[str], int], seconds: float) -> None:
        """Load a new configuration; processes that changed or were removed are stopped.

        Processes of one rank are stopped together, lower ranks first; each rank has `seconds` to
        stop.
        """
        added, changed, removed = self._call("supervisor.reloadConfig")[0]
        for _, names in groupby(sorted([*changed, *removed], key=stop_rank), key=stop_rank):
            self.stop_processes(names, seconds=seconds)
        for name in [*changed, *removed]:
            self._call("supervisor.stopProcessGroup", name)
            self._call("supervisor.removeProcessGroup", name)
        for name in [*added, *changed]:
            self._call("supervisor.addProcessGroup", name)

    def list_processes(self) -> dict[str, ProcessState]:
        """Return every process by name."""
        infos = self._call("supervisor.getAllProcessInfo")
        return {
            info["name"]: ProcessState(
                name=info["name"],
                state=info["statename"],
                pid=info["pid"],
                uptime_seconds=info["now"] - info["start"] if info["pid"] else 0,
            )
            for info in infos
        }

    def start_processes(self, names: Iterable[str]) -> None:
        """Start those that are not running, and return at once.

        One that keeps failing waits longer each time (BACKOFF); it is retried now.
        """
        states = self.list_processes()
        for name in names:
            if states[name].state == "BACKOFF":
                self._call("supervisor.stopProcess", name, ignored_fault=_NOT_RUNNING)
            self._call("supervisor.startProcess", name, False, ignored_fault=_ALREADY_STARTED)

    def stop_processes(self, names: Iterable[str], *, seconds: float) -> None:
        """Stop these together, and return when they have stopped."""
        names = set(names)
        for name in names:
            self._call("supervisor.stopProcess", name, False, ignored_fault=_NOT_RUNNING)

        def are_down() -> bool:
            states = self.list_processes()
            return not any(states[name].pid for name in names if name in states)

        wait_until(are_down, seconds=seconds)

    def shut_down(self, *, seconds: float) -> None:
        """Stop the supervisor and everything that it still runs, and return when its process has
        ended."""
        pid = self.find_pid()
        self._call("supervisor.shutdown")
        if pid is not None and not wait_until(lambda: not is_alive(pid), seconds=seconds):
            os.kill(pid, signal.SIGKILL)  # its children end with it
        if self._child is not None:
            self._child.wait()

    def _call(self, method: str, *arguments: Any, ignored_fault: int | None = None) -> Any:
        transport = SupervisorTransport(None, None, f"unix://{self._socket_path}")
        with xmlrpc.client.ServerProxy("http://localhost", transport=transport) as server:
            try:
                return getattr(server, method)(*arguments)
            except xmlrpc.client.Fault as fault:
                if fault.faultCode != ignored_fault:
                    raise
                return None
            finally:
                transport.close()


def is_alive(pid: int) -> bool:
    """Say whether a process is alive; a zombie is not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state != "Z"
