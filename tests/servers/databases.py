"""PostgreSQL and Redis for tests: local programs, or containers if a Docker engine can run them.

VIDEOFORGE_TEST_CONTAINERS=0 turns containers off. Tests see the same value either way: host, port
and password.
"""

import os
import secrets
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from psycopg2 import sql
from psycopg2.extensions import connection as PostgresConnection

from infra.local.processes.infrastructure import build_postgres, build_redis
from infra.local.provisioning import databases
from tests.servers.processes import LocalProcess, run_process

POSTGRES_IMAGE: Final = "postgres:15"
REDIS_IMAGE: Final = "redis:7"
_PASSWORD: Final = secrets.token_urlsafe(16)
#: A PostgreSQL that loses everything in a crash of the machine, which makes it fast.
_FORGETFUL: Final = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")


@dataclass(frozen=True)
class PostgresServer:
    host: str
    port: int
    password: str = field(repr=False)
    user: str = databases.SUPERUSER

    def build_url(self, database: str) -> str:
        """Return SQLAlchemy's URL for one of its databases."""
        return f"postgresql+psycopg2://{self.user}:{self.password}@{self.host}:{self.port}/{database}"

    def create_database(self, *, template: str = "template1") -> str:
        """Create a database with a new name, as a copy of `template`, and return its name.

        Copying a migrated template takes about 50 ms; the template must have no connections
        meanwhile.
        """
        name = f"test_{uuid.uuid4().hex}"
        with closing(self._connect()) as connection, connection.cursor() as cursor:
            statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
            cursor.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def drop_database(self, name: str) -> None:
        """Drop the database, and any connections to it."""
        with closing(self._connect()) as connection, connection.cursor() as cursor:
            cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _connect(self) -> PostgresConnection:
        return databases.connect(self.port, host=self.host, password=self.password)


@dataclass(frozen=True)
class RedisServer:
    host: str
    port: int

    @property
    def url(self) -> str:
        return f"redis://{self.host}:{self.port}/0"


@contextmanager
def run_postgres(state_dir: Path) -> Iterator[PostgresServer]:
    with run_postgres_process(state_dir) as (server, _process):
        yield server


@contextmanager
def run_postgres_process(state_dir: Path) -> Iterator[tuple[PostgresServer, LocalProcess]]:
    """The server with its process, for tests that stop, kill or freeze it."""
    databases.make_cluster(state_dir / "postgres", password=_PASSWORD)
    with (state_dir / "postgres" / "postgresql.conf").open("a") as config:
        config.writelines(f"{line}\n" for line in _FORGETFUL)
    with run_process(build_postgres, state_dir=state_dir) as process:
        yield PostgresServer("127.0.0.1", process.spec.ports[0].number, _PASSWORD), process


@contextmanager
def run_redis(state_dir: Path) -> Iterator[RedisServer]:
    with run_process(build_redis, state_dir=state_dir) as process:
        yield RedisServer("127.0.0.1", process.spec.ports[0].number)


@contextmanager
def run_postgres_container() -> Iterator[PostgresServer]:
    from testcontainers.community.postgres import PostgresContainer

    container = PostgresContainer(POSTGRES_IMAGE, username=databases.SUPERUSER, password=_PASSWORD)
    container.with_env("LC_ALL", databases.LOCALE)  # for initdb in the image
    container.with_command(["postgres", *(word for line in _FORGETFUL for word in ("-c", line))])
    with _without_a_reaper(container):
        host, port = container.get_container_host_ip(), int(container.get_exposed_port(5432))
        yield PostgresServer(host, port, _PASSWORD)


@contextmanager
def run_redis_container() -> Iterator[RedisServer]:
    from testcontainers.community.redis import RedisContainer

    with _without_a_reaper(RedisContainer(REDIS_IMAGE)) as container:
        yield RedisServer(container.get_container_host_ip(), int(container.get_exposed_port(6379)))


def _without_a_reaper(container: Any) -> Any:
    """Do not let testcontainers start a second container that removes the first: `with` removes
    ours."""
    from testcontainers.core.config import testcontainers_config

    testcontainers_config.ryuk_disabled = True
    return container


def can_run_container(image: str) -> bool:
    """Say whether tests may use this image: an engine answers and has it or can pull it, and
    containers are not turned off."""
    if os.environ.get("VIDEOFORGE_TEST_CONTAINERS", "1") == "0" or not shutil.which("docker"):
        return False

    def succeeds(*command: str) -> bool:
        return subprocess.run(["docker", *command], capture_output=True, check=False).returncode == 0

    return succeeds("info") and (succeeds("image", "inspect", image) or succeeds("pull", "-q", image))
