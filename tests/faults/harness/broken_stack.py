"""The one-machine stack on free ports, with a link that can be broken between each pair of
processes.

It has the same processes, settings and times as in production, except for four: addresses go
through the links of `proxy.py`, sweeps run every second so that a story need not wait for them,
chunks are short, so that a film of two minutes has twenty, and temporary files go into a separate
folder, where leftovers can be counted. A story can change more settings while it lasts.
"""

import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Literal

from infra.local.processes.health import wait_until
from infra.local.processes.infrastructure import ProcessSpec
from infra.local.processes.services import build_aws_access
from infra.local.provisioning.aws import name_queue
from infra.local.provisioning.generated_secrets import StackSecrets, load_or_make_secrets
from infra.local.settings import StackSettings
from infra.local.stack import Stack, StackError
from tests.faults.harness.proxy import Link, Links

#: variables that hold an address, and the server behind it
_ADDRESSES: Final = {
    "JOB_SERVICE_URL": "job-service",
    "AWS_ENDPOINT_URL": "aws",
    "AWS_ENDPOINT_URL_S3": "store",
    "GALLERY_URL": "gallery",
}
_PORTS: Final = {"DB_PORT": "postgres", "REDIS_PORT": "redis"}
#: who calls whom, by the start of the caller's name; the programs below the services call nobody
_LINKS: Final = {
    "processor-": ("job-service", "aws", "store"),
    "job-service": ("postgres", "redis", "aws", "store", "gallery"),
    "task-api": ("postgres", "redis", "aws"),
    "relay": ("postgres", "redis", "aws", "store", "gallery"),
    "events": ("postgres", "redis", "aws"),
    "gallery": ("postgres", "redis", "aws"),
}
#: a grace of 25 s would let a fast machine finish the work that is to be stopped
_QUICKLY: Final = {"SWEEP_SECONDS": "1", "DRAIN_GRACE_SECONDS": "1", "CHUNK_SECONDS": "6"}
_RUNNING_SECONDS: Final = 60


class BrokenStack(Stack):
    """Links are named `{caller} to {server}`, such as `processor-2 to store`."""

    def __init__(self, settings: StackSettings, *, links: Links, environment: Mapping[str, str]) -> None:
        super().__init__(settings, say=lambda _text: None, is_bound=True)
        self.links = links
        self._own = {**_QUICKLY, **environment}
        self._changed: Mapping[str, Mapping[str, str]] = {}

    def link(self, asker: str, server: str) -> Link:
        return self.links[f"{asker} to {server}"]

    @property
    def api_processes(self) -> list[str]:
        """The processes that answer the public and the processors; one or two."""
        return [name for name in self.supervisor.list_processes() if name in {"job-service", "task-api"}]

    def links_to(self, server: str, *, of: str = "") -> list[Link]:
        """Return the links to one server, of all callers or of those whose names start with
        `of`."""
        return self.links.list_links(lambda name: name.endswith(f" to {server}") and name.startswith(of))

    @property
    def processors(self) -> list[str]:
        return [f"processor-{number}" for number in range(1, self.settings.processors + 1)]

    @property
    def temporary_dir(self) -> Path:
        return self.settings.state_dir / "tmp"

    @property
    def scratch_dir(self) -> Path:
        return self.settings.state_dir / "scratch"

    def up(self, *, with_services: bool = True) -> None:
        """Start it; a busy machine gets a second attempt."""
        self.temporary_dir.mkdir(parents=True, exist_ok=True)
        try:
            super().up(with_services=with_services)
        except StackError:
            super().up(with_services=with_services)

    @contextmanager
    def changed(self, *names: str, **settings: str) -> Iterator[None]:
        """Run these processes with these settings for the duration of the block; they restart
        before and after it."""
        self._changed = dict.fromkeys(names, settings)
        try:
            self._restart_changed(names)
            yield
        finally:
            self._changed = {}
            self._restart_changed(names)

    def _restart_changed(self, names: Sequence[str]) -> None:
        with self._lock():
            specs = self._build_specs(load_or_make_secrets(self.settings.state_dir))
            self._apply(specs)
            self._start([spec for spec in specs if spec.name in names])

    def build_aws_client(self, service: Literal["s3", "sqs"]) -> Any:
        """Return a boto3 client that bypasses all links."""
        secrets = load_or_make_secrets(self.settings.state_dir)
        return build_aws_access(self.settings, secrets=secrets).client(service)

    def find_queue_url(self, sqs: Any) -> str:
        """Return the URL of the task queue."""
        name = f"{name_queue(self.settings.stage)}.fifo"
        return str(sqs.get_queue_url(QueueName=name)["QueueUrl"])

    def find_pid(self, name: str) -> int:
        return self.supervisor.list_processes()[name].pid

    def kill(self, name: str, how: signal.Signals = signal.SIGKILL) -> int:
        """Send a signal to a process of the stack and return its id; 0 if it is not running."""
        pid = self.find_pid(name)
        if pid:
            os.kill(pid, how)
        return pid

    @contextmanager
    def away(self, *names: str) -> Iterator[None]:
        """Stop these processes for the duration of the block."""
        self.supervisor.stop_processes(names, seconds=_RUNNING_SECONDS)
        try:
            yield
        finally:
            self.start(*names)

    @contextmanager
    def frozen(self, *names: str) -> Iterator[None]:
        """Freeze these processes and their descendants."""
        pids = [pid for name in names for pid in list_tree(self.find_pid(name))]
        for pid in pids:
            _send(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                _send(pid, signal.SIGCONT)

    def start(self, *names: str) -> None:
        self.supervisor.start_processes(names)
        self.wait_for(*names)

    def wait_for(self, *names: str) -> None:
        def are_running() -> bool:
            states = self.supervisor.list_processes()
            return all(states[name].state == "RUNNING" for name in names)

        assert wait_until(are_running, seconds=_RUNNING_SECONDS), f"{names} did not start again"

    def _build_specs(self, secrets: StackSecrets) -> list[ProcessSpec]:
        return [self._lead(spec) for spec in super()._build_specs(secrets)]

    def _lead(self, spec: ProcessSpec) -> ProcessSpec:
        servers = next((links for asker, links in _LINKS.items() if spec.name.startswith(asker)), None)
        if servers is None:
            return spec
        own = dict(spec.environment) | {"TMPDIR": str(self.temporary_dir)} | self._own
        own |= self._changed.get(spec.name, {})
        for variable, server in (_ADDRESSES | _PORTS).items():
            if variable not in own or server not in servers:
                continue
            port = int(own[variable].rpartition(":")[2])
            link = self.links.lead(f"{spec.name} to {server}", to_port=port)
            own[variable] = str(link.port) if variable in _PORTS else f"http://127.0.0.1:{link.port}"
        return replace(spec, environment=own)


def list_tree(pid: int) -> list[int]:
    """Return a process and its descendants, parents first."""
    try:
        lists = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:
        return []
    return [pid, *(below for text in lists for child in text.split() for below in list_tree(int(child)))]


def read_program(pid: int) -> str:
    """Return the file name of the program that a process runs; empty if it has ended."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return ""
    return Path(os.fsdecode(words[0])).name


def _send(pid: int, how: signal.Signals) -> None:
    try:
        os.kill(pid, how)
    except ProcessLookupError:
        return
