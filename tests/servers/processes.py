"""Processes of the stack on free ports and in a folder of their own, for tests and benchmarks.

They end with the process that started them. `build_test_settings` gives the settings of a whole
stack.
"""

import os
import signal
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from infra.local.processes.health import is_healthy, wait_until
from infra.local.processes.infrastructure import ProcessSpec
from infra.local.processes.supervisor import is_alive
from infra.local.settings import REPOSITORY, StackSettings
from tests.servers.ports import find_free_ports, find_free_range

_START_SECONDS: Final = 30
_ORPHANS_SECONDS: Final = 10
_PORT_TRIES: Final = 3
_MOST_PROCESSORS: Final = 4


class LocalProcess:
    """One real process under a test's control; `kill` is kill -9, `start` starts it again."""

    def __init__(self, spec: ProcessSpec, *, log_path: Path) -> None:
        self.spec = spec
        self.log_path = log_path
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and return when it is healthy. Raises RuntimeError with the end of its log if it
        fails."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                self.spec.command,
                cwd=REPOSITORY,
                env=inherited | dict(self.spec.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        process = self._process
        wait_until(lambda: process.poll() is not None or is_healthy(self.spec.health), seconds=_START_SECONDS)
        if process.poll() is not None or not is_healthy(self.spec.health):
            self.kill()
            tail = self.log_path.read_text(errors="replace")[-2000:]
            raise RuntimeError(f"{self.spec.name} did not start:\n{tail}")

    def stop(self) -> None:
        """Stop it as the supervisor would."""
        self._end(signal.Signals[f"SIG{self.spec.stop_signal}"])

    def kill(self) -> None:
        """Kill it and wait for its children: PostgreSQL's answer until they notice."""
        family = list_family(self._process.pid) if self._process else []
        self._end(signal.SIGKILL)
        wait_until(lambda: not any(is_alive(pid) for pid in family), seconds=_ORPHANS_SECONDS)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Freeze it and its children for the block, as on a machine that hangs: its sockets stay
        open, and what is sent to them is acknowledged."""
        if self._process is None:
            raise RuntimeError("it was not started")
        family = list_family(self._process.pid)
        try:
            _signal_all(family, signal.SIGSTOP)
            yield
        finally:
            _signal_all(reversed(family), signal.SIGCONT)

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        if self._process.poll() is None:
            os.kill(self._process.pid, how)
        try:
            self._process.wait(timeout=self.spec.stop_seconds)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def _signal_all(pids: Iterable[int], what: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):  # a child that has ended meanwhile
            os.kill(pid, what)


def list_family(pid: int) -> list[int]:
    """Return the process and its descendants, parents first, as in /proc now."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended since it was listed
            # "pid (name) state ppid …", proc(5); a name may contain spaces and brackets
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    family = [pid]
    for member in family:
        family += [child for child, parent in parents.items() if parent == member]
    return family


def build_test_settings(state_dir: Path, **values: Any) -> StackSettings:
    """Return settings of a stack on free ports, with its state in `state_dir`, without reading
    `.env`."""
    names = [name for name in StackSettings.model_fields if name.endswith("_port") and name != "smtp_port"]
    ports = dict(zip(names, find_free_ports(len(names)), strict=True))
    ports["processor_port"] = find_free_range(_MOST_PROCESSORS)
    return StackSettings(_env_file=None, state_dir=state_dir, **{**ports, **values})


@contextmanager
def run_process(build: Callable[[StackSettings], ProcessSpec], *, state_dir: Path) -> Iterator[LocalProcess]:
    """Run one process of the stack on free ports; retry with others if one was taken meanwhile."""
    (state_dir / "run").mkdir(parents=True, exist_ok=True)
    for remaining in reversed(range(_PORT_TRIES)):
        spec = build(build_test_settings(state_dir))
        process = LocalProcess(spec, log_path=state_dir / f"{spec.name}.log")
        try:
            process.start()
            break
        except RuntimeError:
            if not remaining:
                raise
    try:
        yield process
    finally:
        process.stop()
