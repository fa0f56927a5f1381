"""A stack of docker-compose.yml with its own project name, on a free port, and helpers to inspect
it."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.house.repository import ROOT

#: What runs once and has ended when the stack is up.
ONCE = {"bootstrap", "migrate-jobs", "migrate-gallery"}
#: Everything else, as docker-compose.yml names it.
SERVICES = {
    *("edge", "job-service", "events", "task-api", "relay", "gallery-service", "video-processor"),
    *("postgres", "redis", "aws", "mail", "store"),
}
#: The images that we build.
IMAGES = ("edge", "job-service", "gallery-service", "video-processor", "local-aws")
_LABEL = "com.docker.compose"
_PASSED_ON = ("PATH", "HOME", "DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "XDG_RUNTIME_DIR")


def is_engine_there() -> bool:
    return bool(shutil.which("docker")) and run(["docker", "info"], check=False).returncode == 0


def find_compose() -> list[str]:
    """Return the command: the engine's plug-in, or the older program."""
    if run(["docker", "compose", "version"], check=False).returncode == 0:
        return ["docker", "compose"]
    return ["docker-compose"]


def run(
    command: list[str], *, check: bool = True, seconds: float = 600, input_text: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run to the end, without the shell's own variables, which would override the stack's
    `.env`."""
    passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=passed | environment,
        input=input_text,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    if check and done.returncode != 0:
        raise AssertionError(
            f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
        )
    return done


@dataclass(frozen=True)
class ComposeStack:
    project: str
    env_file: Path
    origin: str
    files: tuple[str, ...] = ("docker-compose.yml",)

    @property
    def secrets(self) -> dict[str, str]:
        """Return what `make env` wrote: {name: value}."""
        lines = self.env_file.read_text().splitlines()
        return {name: value for name, _, value in (line.partition("=") for line in lines) if len(value) > 15}

    def compose(self, *arguments: str, seconds: float = 600) -> str:
        return run([*self.command, *arguments], seconds=seconds).stdout

    @property
    def command(self) -> list[str]:
        """Return the start of every command, such as `docker compose -p … --env-file … -f …`."""
        files = [word for name in self.files for word in ("-f", name)]
        return [*find_compose(), "-p", self.project, "--env-file", str(self.env_file), *files]

    def make(self, target: str, *variables: str) -> str:
        """Run a target of the Makefile on this stack."""
        return run(["make", target, f"COMPOSE={' '.join(self.command)}", *variables]).stdout

    def up(self, *, processors: int = 1, seconds: int = 300) -> None:
        """Start what is not running and return when everything is healthy."""
        self.compose("up", "-d", "--scale", f"video-processor={processors}", seconds=seconds)
        self.await_health(seconds=seconds)

    def await_health(self, *, seconds: int = 120) -> None:
        script = str(ROOT / "infra/local/containers/await-health.sh")
        run([script, *self.command], seconds=seconds + 60, AWAIT_SECONDS=str(seconds))

    def list_containers(self, *services: str) -> list[str]:
        """Return the ids of running containers, of these services or of all."""
        mine = ["docker", "ps", "-q", "--no-trunc", "--filter", f"label={_LABEL}.project={self.project}"]
        wanted = [["--filter", f"label={_LABEL}.service={service}"] for service in services] or [[]]
        return [found for filters in wanted for found in run([*mine, *filters]).stdout.split()]

    def find_container(self, service: str) -> str:
        [found] = self.list_containers(service)
        return found

    def inspect(self, container: str) -> dict[str, Any]:
        [found] = json.loads(run(["docker", "inspect", container]).stdout)
        return dict(found)

    def execute(self, service: str, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command in the service's first container, as that service's user."""
        return run(["docker", "exec", self.list_containers(service)[0], *command], check=check)

    def read_logs(self) -> str:
        return self.compose("logs", "--no-color")
