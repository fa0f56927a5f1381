"""The tests' servers under the name that job-service's tests still import; they are in tests/servers."""

from infra.local.provisioning.aws import AwsAccess, QueueUrls
from tests.servers.databases import PostgresServer, RedisServer
from tests.servers.fixtures import CognitoPool, MailCatcher, ObjectStore
from tests.servers.ports import find_free_ports
from tests.servers.processes import LocalProcess, run_process

__all__ = [
    "AwsAccess",
    "CognitoPool",
    "LocalProcess",
    "MailCatcher",
    "ObjectStore",
    "PostgresServer",
    "QueueUrls",
    "RedisServer",
    "find_free_ports",
    "run_process",
]
