"""Real servers for integration tests, as a pytest plugin: PostgreSQL, Redis, MiniStack and the object store.

Each session (each worker, under xdist) starts its own on free ports with its state in pytest's temporary
folder, and they end with it, however it ends. PostgreSQL and Redis come from testcontainers where a Docker
engine answers, from local binaries elsewhere or with VIDEOFORGE_TEST_CONTAINERS=0. A missing tool skips the
test at a desk and fails it where CI=true.
"""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NoReturn

import pytest
from psycopg2 import sql
from psycopg2.extensions import connection as PostgresConnection

from infra.local.processes.health import is_healthy, is_port_free, wait_until
from infra.local.processes.infrastructure import (
    ProcessSpec,
    build_aws,
    build_postgres,
    build_redis,
    build_store,
    find_postgres_program,
)
from infra.local.provisioning import aws, databases
from infra.local.provisioning.aws import AwsAccess, PoolIds, QueueUrls
from infra.local.provisioning.generated_secrets import AWS_ACCESS_KEY_ID, StackSecrets
from infra.local.settings import REPOSITORY, TOOLS, StackSettings

_START_SECONDS: Final = 30
_PORT_TRIES: Final = 3
_MOST_PROCESSORS: Final = 4
_POSTGRES_IMAGE: Final = "postgres:15"
_REDIS_IMAGE: Final = "redis:7"
_POSTGRES_PASSWORD: Final = secrets.token_urlsafe(16)


@dataclass(frozen=True)
class PostgresServer:
    host: str
    port: int
    password: str = field(repr=False)
    user: str = databases.SUPERUSER

    def build_url(self, database: str) -> str:
        """Return SQLAlchemy's URL of one of its databases."""
        return f"postgresql+psycopg2://{self.user}:{self.password}@{self.host}:{self.port}/{database}"

    def create_database(self, *, template: str = "template1") -> str:
        """Make a database under a fresh name, as a copy of `template`, and return its name.

        A copy of a migrated template takes about 50 ms; nobody may be connected to the template meanwhile.
        """
        name = f"test_{uuid.uuid4().hex}"
        with closing(self._connect()) as connection, connection.cursor() as cursor:
            statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
            cursor.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def drop_database(self, name: str) -> None:
        """Drop the database, and whoever is still connected to it."""
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


@dataclass(frozen=True)
class ObjectStore:
    """The store of this session; a test makes buckets of its own, or uses `bucket` with keys of its own."""

    endpoint_url: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    region: str
    bucket: str


@dataclass(frozen=True)
class CognitoPool:
    pool_id: str
    client_id: str
    region: str
    issuer: str
    jwks_url: str


class LocalProcess:
    """One real process under a test's control; `kill` is kill -9, `start` begins it again."""

    def __init__(self, spec: ProcessSpec, *, log_path: Path) -> None:
        self.spec = spec
        self.log_path = log_path
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and return when it is healthy; RuntimeError with the end of its log when it is not."""
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
        """End it as the supervisor would."""
        self._end(signal.Signals[f"SIG{self.spec.stop_signal}"])

    def kill(self) -> None:
        self._end(signal.SIGKILL)

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


def find_free_ports(count: int) -> list[int]:
    """Return different ports that were free a moment ago."""
    with ExitStack() as open_sockets:
        probes = [open_sockets.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def find_free_range(count: int) -> int:
    """Return the first of `count` ports in a row that were free a moment ago, as processors want them."""
    while True:
        (first,) = find_free_ports(1)
        if first + count < 65536 and all(is_port_free(first + step) for step in range(count)):
            return first


def build_test_settings(state_dir: Path, **values: Any) -> StackSettings:
    """Return settings of a stack with all ports free, its state in `state_dir`, and no `.env` read."""
    names = [name for name in StackSettings.model_fields if name.endswith("_port")]
    ports = dict(zip(names, find_free_ports(len(names)), strict=True))
    ports["processor_port"] = find_free_range(_MOST_PROCESSORS)
    return StackSettings(_env_file=None, state_dir=state_dir, **{**ports, **values})


@contextmanager
def run_process(build: Callable[[StackSettings], ProcessSpec], *, state_dir: Path) -> Iterator[LocalProcess]:
    """Run one process of the stack on free ports; another port is tried where one was taken meanwhile."""
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


def require_tool(program: str) -> None:
    """Skip the test where a program is missing; fail it in CI, where a skip would hide a hole."""
    if not shutil.which(program, path=f"{TOOLS}:{os.environ.get('PATH', '')}"):
        give_up(f"{program} is not installed; `make setup` installs it")


def give_up(reason: str) -> NoReturn:
    if os.environ.get("CI", "").lower() in {"1", "true"}:
        pytest.fail(reason)
    pytest.skip(reason)


def can_run_container(image: str) -> bool:
    """Say whether tests may use this image: an engine answers, has it or can pull it, and nobody said no."""
    if os.environ.get("VIDEOFORGE_TEST_CONTAINERS", "1") == "0" or not shutil.which("docker"):
        return False

    def succeeds(*command: str) -> bool:
        return subprocess.run(["docker", *command], capture_output=True, check=False).returncode == 0

    return succeeds("info") and (succeeds("image", "inspect", image) or succeeds("pull", "-q", image))


@contextmanager
def run_postgres(state_dir: Path) -> Iterator[PostgresServer]:
    """Run a PostgreSQL that forgets everything if the machine stops, which is what makes it fast."""
    require_tool(find_postgres_program("initdb"))
    databases.make_cluster(state_dir / "postgres", password=_POSTGRES_PASSWORD)
    with (state_dir / "postgres" / "postgresql.conf").open("a") as config:
        config.write("fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n")
    with run_process(build_postgres, state_dir=state_dir) as process:
        yield PostgresServer("127.0.0.1", process.spec.ports[0].number, _POSTGRES_PASSWORD)


@contextmanager
def run_postgres_container() -> Iterator[PostgresServer]:
    from testcontainers.community.postgres import PostgresContainer

    container = PostgresContainer(_POSTGRES_IMAGE, username=databases.SUPERUSER, password=_POSTGRES_PASSWORD)
    with _without_a_reaper(container):
        host, port = container.get_container_host_ip(), int(container.get_exposed_port(5432))
        yield PostgresServer(host, port, _POSTGRES_PASSWORD)


@contextmanager
def run_redis_container() -> Iterator[RedisServer]:
    from testcontainers.community.redis import RedisContainer

    with _without_a_reaper(RedisContainer(_REDIS_IMAGE)) as container:
        yield RedisServer(container.get_container_host_ip(), int(container.get_exposed_port(6379)))


def _without_a_reaper(container: Any) -> Any:
    """testcontainers would start a second container that removes the first; ours are removed by `with`."""
    from testcontainers.core.config import testcontainers_config

    testcontainers_config.ryuk_disabled = True
    return container


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """One PostgreSQL 15 for the session, with its superuser."""
    is_container = can_run_container(_POSTGRES_IMAGE)
    running = run_postgres_container() if is_container else run_postgres(tmp_path_factory.mktemp("postgres"))
    with running as server:
        yield server


@pytest.fixture
def postgres_database(postgres_server: PostgresServer) -> Iterator[str]:
    """SQLAlchemy's URL of an empty database that is this test's alone."""
    name = postgres_server.create_database()
    yield postgres_server.build_url(name)
    postgres_server.drop_database(name)


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """One Redis for the session; tests use keys of their own or flush it."""
    if can_run_container(_REDIS_IMAGE):
        with run_redis_container() as server:
            yield server
        return
    require_tool("redis-server")
    with run_process(build_redis, state_dir=tmp_path_factory.mktemp("redis")) as process:
        yield RedisServer("127.0.0.1", process.spec.ports[0].number)


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    return redis_server.url


@pytest.fixture
def redis_process(tmp_path: Path) -> Iterator[LocalProcess]:
    """A Redis of this test's own, to be stopped, killed and started again."""
    require_tool("redis-server")
    with run_process(build_redis, state_dir=tmp_path / "redis") as process:
        yield process


@pytest.fixture(scope="session")
def ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AwsAccess]:
    """MiniStack as the stack runs it (AUTH=true). `store_url` is not served: see `aws_access`."""
    with run_process(build_aws, state_dir=tmp_path_factory.mktemp("aws")) as process:
        url = f"http://127.0.0.1:{process.spec.ports[0].number}"
        yield AwsAccess(url, url, "us-east-1", AWS_ACCESS_KEY_ID, "test-secret-access-key")


@pytest.fixture(scope="session")
def object_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    """The object store as the stack runs it, with the bucket made."""
    require_tool("rclone")
    keys, bucket = StackSecrets(), "video-forge-storage"
    state_dir = tmp_path_factory.mktemp("store")
    (state_dir / "store" / bucket).mkdir(parents=True)
    with run_process(lambda settings: build_store(settings, secrets=keys), state_dir=state_dir) as process:
        yield ObjectStore(
            endpoint_url=f"http://127.0.0.1:{process.spec.ports[0].number}",
            access_key_id=AWS_ACCESS_KEY_ID,
            secret_access_key=keys.aws_secret_access_key,
            region="us-east-1",
            bucket=bucket,
        )


@pytest.fixture
def aws_access(ministack: AwsAccess, object_store: ObjectStore) -> AwsAccess:
    """MiniStack and the object store together, with one pair of keys, as the services see them."""
    return AwsAccess(
        endpoint_url=ministack.endpoint_url,
        store_url=object_store.endpoint_url,
        region=ministack.region,
        access_key_id=object_store.access_key_id,
        secret_access_key=object_store.secret_access_key,
    )


@pytest.fixture
def aws_environment(aws_access: AwsAccess, monkeypatch: pytest.MonkeyPatch) -> Mapping[str, str]:
    """The AWS_… variables of a service, set for this test and returned; a desk's own are taken away."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in aws_access.environment().items():
        monkeypatch.setenv(name, value)
    return aws_access.environment()


@pytest.fixture
def task_queue(ministack: AwsAccess) -> Iterator[QueueUrls]:
    """A FIFO queue with its dead-letter queue, made by the stack's own bootstrap, for this test alone."""
    sqs = ministack.client("sqs")
    urls = aws.make_queues(sqs, name=f"test-{uuid.uuid4().hex}")
    yield urls
    for url in (urls.queue_url, urls.dead_letter_queue_url):
        sqs.delete_queue(QueueUrl=url)
    sqs.close()


@pytest.fixture
def cognito_pool(ministack: AwsAccess) -> Iterator[CognitoPool]:
    """A user pool with its client and groups, made by the stack's own bootstrap, for this test alone."""
    cognito = ministack.client("cognito-idp")
    ids: PoolIds = aws.make_pool(cognito, name=f"test-{uuid.uuid4().hex}")
    yield CognitoPool(
        pool_id=ids.pool_id,
        client_id=ids.client_id,
        region=ministack.region,
        issuer=f"https://cognito-idp.{ministack.region}.amazonaws.com/{ids.pool_id}",
        jwks_url=f"{ministack.endpoint_url}/{ids.pool_id}/.well-known/jwks.json",
    )
    cognito.delete_user_pool(UserPoolId=ids.pool_id)
    cognito.close()
