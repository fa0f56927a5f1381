"""Starts and stops the whole stack: `up` and `down`, both safe to repeat and to run after a crash.

A start runs in this order: the six programs, what they must contain (roles, queue, pool, bucket),
migrations, the services. A second start at the same time waits for the first at a lock.
"""

import fcntl
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from infra.local.processes.health import is_healthy, is_port_free, wait_until
from infra.local.processes.infrastructure import Health, ProcessSpec, build_infrastructure
from infra.local.processes.leftovers import end_leftovers
from infra.local.processes.ports import await_release, check_ports
from infra.local.processes.services import (
    build_migrations,
    build_service_environment,
    build_services,
    is_processor,
)
from infra.local.processes.supervisor import Supervisor
from infra.local.processes.supervisor_config import (
    build_environment_text,
    build_supervisor_config,
    find_environment_file,
    find_notes_folder,
    find_socket_path,
)
from infra.local.provisioning import databases
from infra.local.provisioning.bootstrap import provision_aws, provision_databases
from infra.local.provisioning.generated_secrets import StackSecrets, load_or_make_secrets, write_private
from infra.local.service_settings import build_environment, split_environment
from infra.local.settings import REPOSITORY, StackSettings
from infra.local.store_files import list_store_files

#: About 12 s on two idle cores, more than 60 s on two overloaded ones (measured 2026-11-30).
_HEALTHY_SECONDS = 150
#: The longest that a process may take to stop, plus the supervisor's own time.
_END_SECONDS = 60
#: The kernel closes the files of a killed process within milliseconds, on a busy machine within
#: seconds.
_RELEASE_SECONDS = 30
#: The age of parts from an upload that the store lost; by then its client has started over.
_STRAY_SECONDS = 24 * 3600
#: The processes of one machine must not use a proxy to reach each other.
_NO_PROXY = {"NO_PROXY": "localhost,127.0.0.1", "no_proxy": "localhost,127.0.0.1"}


class StackError(Exception):
    """The stack could not do what was requested; the text says why and where to look."""


class Stack:
    """The stack of one state folder; with `is_bound` it ends with the process that started it."""

    def __init__(
        self, settings: StackSettings, *, say: Callable[[str], None], is_bound: bool = False
    ) -> None:
        self.settings = settings
        self._say = say
        self._run_dir = settings.state_dir / "run"
        # the names do not depend on the secrets
        self._names_below = {spec.name for spec in build_infrastructure(settings, secrets=StackSecrets())}
        self.supervisor = Supervisor(
            config_path=self._run_dir / "supervisor.conf",
            socket_path=find_socket_path(settings),
            pid_path=self._run_dir / "supervisor.pid",
            is_bound=is_bound,
        )

    def up(self, *, with_services: bool = True) -> None:
        """Start everything that is not running yet and return when all of it is healthy."""
        settings = self.settings
        settings.state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        for folder in ("run/environment", "run/processes", "logs", "store", "aws", "caddy", "scratch"):
            (settings.state_dir / folder).mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._lock():
            secrets = load_or_make_secrets(settings.state_dir)
            specs = self._build_specs(secrets)
            infrastructure = specs[: len(build_infrastructure(settings, secrets=secrets))]
            self._apply(specs)
            databases.make_cluster(settings.state_dir / "postgres", password=secrets.postgres_password)
            databases.remove_stale_lock(settings.state_dir / "postgres")
            remove_stray_uploads(settings.state_dir / "store", now=time.time())
            self._start(infrastructure)
            provision_databases(settings, keys=secrets)
            provision_aws(settings, keys=secrets)
            if with_services:
                self._migrate(secrets)
                self._start(specs[len(infrastructure) :])
                self._await_readiness()

    def down(self) -> None:
        """Stop all processes of this stack, and no others; return when they have ended."""
        if not self.settings.state_dir.exists():
            return
        with self._lock():
            if self.supervisor.is_running():
                names = sorted(self.supervisor.list_processes(), key=self._rank_stop)
                for _, together in groupby(names, key=self._rank_stop):
                    self.supervisor.stop_processes(together, seconds=_END_SECONDS)
                self.supervisor.shut_down(seconds=_END_SECONDS)
            self._end_leftovers()

    def _rank_stop(self, name: str) -> int:
        """Processors stop first, because they return their tasks to the services, which need the
        programs."""
        if is_processor(name):
            return 0
        return 2 if name in self._names_below else 1

    def migrate(self) -> None:
        """Bring the databases of a running stack to this version."""
        self._migrate(load_or_make_secrets(self.settings.state_dir))

    def _apply(self, specs: Sequence[ProcessSpec]) -> None:
        """Run a supervisor with the configuration of these processes, none of them started."""
        is_running = self.supervisor.is_running()
        if not is_running:
            was_killed = self.supervisor.find_pid() is not None  # a clean stop removes the file
            self._end_leftovers()
            if was_killed:
                await_release(specs, is_free=is_port_free, seconds=_RELEASE_SECONDS)
            check_ports(specs, is_free=is_port_free)
        self._write_config(specs)
        if is_running:
            self.supervisor.reload(stop_rank=self._rank_stop, seconds=_END_SECONDS)
            states = self.supervisor.list_processes()
            check_ports([spec for spec in specs if not states[spec.name].pid], is_free=is_port_free)
        else:
            inherited, _ = split_environment(build_environment())
            self.supervisor.start(environment=inherited | _NO_PROXY)

    def _end_leftovers(self) -> None:
        """End what is left of this stack after its supervisor was killed or stopped responding."""
        self.supervisor.end_deaf(seconds=_END_SECONDS)
        if ended := end_leftovers(find_notes_folder(self.settings)):
            self._say(f"Ended what an earlier start left: {', '.join(ended)}")

    def _write_config(self, specs: Sequence[ProcessSpec]) -> None:
        files = {find_environment_file(self.settings, spec=spec): spec for spec in specs}
        for old in (self._run_dir / "environment").glob("*.json"):
            if old not in files:
                old.unlink()
        for path, spec in files.items():
            write_private(path, text=build_environment_text(spec.environment))
        config = build_supervisor_config(self.settings, specs=specs)
        write_private(self._run_dir / "supervisor.conf", text=config)

    def _start(self, specs: Sequence[ProcessSpec]) -> None:
        """Start these in parallel and wait until each is healthy."""
        names = [spec.name for spec in specs]
        self._say(f"Starting {', '.join(names)}")
        self.supervisor.start_processes(names)
        waiting = {spec.name: spec for spec in specs}

        def are_healthy() -> bool:
            for spec in list(waiting.values()):
                if is_healthy(spec.health):
                    del waiting[spec.name]
            return not waiting

        if not wait_until(are_healthy, seconds=_HEALTHY_SECONDS, step_seconds=0.1):
            raise StackError("\n".join(self._describe_failure(name) for name in waiting))

    def _await_readiness(self) -> None:
        """Wait until job-service, through the edge, reports that it reaches everything it needs."""
        url = f"http://127.0.0.1:{self.settings.edge_port}/api/ready"
        is_ready = self.settings.domain or wait_until(
            lambda: is_healthy(Health(url)), seconds=_HEALTHY_SECONDS, step_seconds=0.1
        )
        if not is_ready:
            raise StackError(f"All processes run, but {url} does not say ready: look at what it answers.")

    def _describe_failure(self, name: str) -> str:
        log_path = self.settings.log_dir / f"{name}.log"
        tail = log_path.read_text(errors="replace").splitlines()[-15:] if log_path.exists() else []
        return "\n".join(
            [f"{name} is not healthy; the end of {log_path}:", *(f"    {line}" for line in tail)]
        )

    def _migrate(self, secrets: StackSecrets) -> None:
        """Bring both databases to this version, in parallel."""
        self._say("Migrating the databases")
        own = build_service_environment(self.settings, secrets=secrets)
        environment = build_environment() | _NO_PROXY | own
        running = [
            (
                command,
                subprocess.Popen(
                    command,
                    cwd=REPOSITORY,
                    env=environment,
                    text=True,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                ),
            )
            for command in build_migrations()
        ]
        for command, process in running:
            output, _ = process.communicate()
            if process.returncode != 0:
                raise StackError(f"{' '.join(command[1:])} failed:\n{output}")

    def _build_specs(self, secrets: StackSecrets) -> list[ProcessSpec]:
        """Return all processes, the services with the settings that the user chose."""
        below = build_infrastructure(self.settings, secrets=secrets)
        _, chosen = split_environment(build_environment())
        services = build_services(self.settings, secrets=secrets)
        return below + [replace(spec, environment=chosen | dict(spec.environment)) for spec in services]

    @contextmanager
    def _lock(self) -> Iterator[None]:
        with (self.settings.state_dir / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def remove_stray_uploads(store_dir: Path, *, now: float) -> None:
    """Remove files in the store's folders that unfinished uploads left more than a day ago.

    rclone keeps open uploads in memory; when it stops, their hidden files remain, at full size.
    """
    for path, stat in list_store_files(store_dir).items():
        if path.name.startswith(".rclone_temp_") and now - stat.st_mtime > _STRAY_SECONDS:
            path.unlink(missing_ok=True)
