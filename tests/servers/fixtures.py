"""Real servers for integration tests, as a pytest plugin: PostgreSQL, Redis, MiniStack and the
object store.

Each session (with xdist, each worker) starts its own on free ports, with their state in pytest's
temporary folder. They end with the session, local processes even if it is killed. PostgreSQL and
Redis come from testcontainers if a Docker engine answers, and from local programs otherwise or with
VIDEOFORGE_TEST_CONTAINERS=0.
"""

import os
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from infra.local.processes.health import wait_until
from infra.local.processes.infrastructure import build_aws, build_mail, build_redis, build_store
from infra.local.processes.postgres_programs import find_postgres_program
from infra.local.provisioning import aws
from infra.local.provisioning.aws import AwsAccess, PoolIds, QueueUrls
from infra.local.provisioning.generated_secrets import AWS_ACCESS_KEY_ID, StackSecrets
from tests.servers.databases import (
    POSTGRES_IMAGE,
    REDIS_IMAGE,
    PostgresServer,
    RedisServer,
    can_run_container,
    run_postgres,
    run_postgres_container,
    run_postgres_process,
    run_redis,
    run_redis_container,
)
from tests.servers.processes import LocalProcess, run_process
from tests.servers.tools import require_tool


@dataclass(frozen=True)
class ObjectStore:
    """The store of this session; a test creates its own buckets, or uses `bucket` with its own
    keys."""

    endpoint_url: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    region: str
    bucket: str


@dataclass(frozen=True)
class MailCatcher:
    """The mail server of this session, and the token to read its mails."""

    smtp_port: int
    url: str
    token: str = field(repr=False)

    def list_mails(self, *, to: str = "") -> list[dict[str, Any]]:
        """Return the mails to an address, newest first, with their texts."""
        with requests.Session() as http:
            http.trust_env = False
            http.headers["X-VideoForge-Service-Token"] = self.token
            items = http.get(f"{self.url}/mails", params={"to": to}, timeout=5).json()["items"]
            return [http.get(f"{self.url}/mails/{item['id']}", timeout=5).json() for item in items]

    def await_code(self, address: str, *, count: int = 1) -> str:
        """Return the code in the newest mail once `count` mails have arrived; fails the test after
        10 s."""
        if not wait_until(lambda: len(self.list_mails(to=address)) >= count, seconds=10):
            pytest.fail(f"there are fewer than {count} mails")
        found = re.findall(r"\b\d{6}\b", self.list_mails(to=address)[0]["text"])
        return str(found[0])


@dataclass(frozen=True)
class CognitoPool:
    pool_id: str
    client_id: str
    region: str
    issuer: str
    jwks_url: str


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """One PostgreSQL 15 for the session, with its superuser."""
    if can_run_container(POSTGRES_IMAGE):
        with run_postgres_container() as server:
            yield server
        return
    require_tool(find_postgres_program("initdb"))
    with run_postgres(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture
def postgres_database(postgres_server: PostgresServer) -> Iterator[str]:
    """SQLAlchemy's URL of an empty database for this test only."""
    name = postgres_server.create_database()
    yield postgres_server.build_url(name)
    postgres_server.drop_database(name)


@pytest.fixture(scope="module")
def own_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[PostgresServer, LocalProcess]]:
    """A separate PostgreSQL for this module, to be stopped, killed, frozen and restarted."""
    require_tool(find_postgres_program("initdb"))
    with run_postgres_process(tmp_path_factory.mktemp("own-postgres")) as server:
        yield server


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """One Redis for the session; tests use their own keys or flush it."""
    if can_run_container(REDIS_IMAGE):
        with run_redis_container() as server:
            yield server
        return
    require_tool("redis-server")
    with run_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    return redis_server.url


@pytest.fixture
def redis_process(tmp_path: Path) -> Iterator[LocalProcess]:
    """A separate Redis for this test, to be stopped, killed and restarted."""
    require_tool("redis-server")
    with run_process(build_redis, state_dir=tmp_path / "redis") as process:
        yield process


@pytest.fixture(scope="session")
def mail_catcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailCatcher]:
    """The stack's mail process, which keeps all mails."""
    keys = StackSecrets()
    with run_process(
        lambda settings: build_mail(settings, secrets=keys), state_dir=tmp_path_factory.mktemp("mail")
    ) as process:
        smtp_port, http_port = (port.number for port in process.spec.ports)
        yield MailCatcher(smtp_port, f"http://127.0.0.1:{http_port}", keys.service_tokens)


@pytest.fixture(scope="session")
def ministack(tmp_path_factory: pytest.TempPathFactory, mail_catcher: MailCatcher) -> Iterator[AwsAccess]:
    """MiniStack as in the stack (AUTH=true); sign-ups need a code, which goes to `mail_catcher`. It
    has no `store_url`: see `aws_access`."""
    values = {"mail_port": mail_catcher.smtp_port, "auto_confirm_signups": False}
    with run_process(
        lambda settings: build_aws(settings.model_copy(update=values)),
        state_dir=tmp_path_factory.mktemp("aws"),
    ) as process:
        url = f"http://127.0.0.1:{process.spec.ports[0].number}"
        yield AwsAccess(url, url, "us-east-1", AWS_ACCESS_KEY_ID, "test-secret-access-key")


@pytest.fixture(scope="session")
def object_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    """The object store as in the stack, with its bucket."""
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
    """MiniStack and the object store with the same keys, as the services see them."""
    return AwsAccess(
        endpoint_url=ministack.endpoint_url,
        store_url=object_store.endpoint_url,
        region=ministack.region,
        access_key_id=object_store.access_key_id,
        secret_access_key=object_store.secret_access_key,
    )


@pytest.fixture
def aws_environment(aws_access: AwsAccess, monkeypatch: pytest.MonkeyPatch) -> Mapping[str, str]:
    """The AWS_… variables of a service, set for this test and returned; the developer's own are
    removed."""
    # boto3's default session keeps the credentials of the first test that used it.
    monkeypatch.setattr("boto3.DEFAULT_SESSION", None)
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in aws_access.environment().items():
        monkeypatch.setenv(name, value)
    return aws_access.environment()


@pytest.fixture
def task_queue(ministack: AwsAccess) -> Iterator[QueueUrls]:
    """A FIFO queue with its dead-letter queue, created by the stack's bootstrap, for this test
    only."""
    sqs = ministack.client("sqs")
    urls = aws.make_queues(sqs, name=f"test-{uuid.uuid4().hex}")
    yield urls
    for url in (urls.queue_url, urls.dead_letter_queue_url):
        sqs.delete_queue(QueueUrl=url)
    sqs.close()


@pytest.fixture
def cognito_pool(ministack: AwsAccess) -> Iterator[CognitoPool]:
    """A user pool with its client and groups, created by the stack's bootstrap, for this test
    only."""
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
