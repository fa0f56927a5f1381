"""One whole stack for all tests that need one (stories, attacks, faults), on free ports and in its
own folder, with two processors.

It is what users get, except for two times: a signed upload URL is valid for 20 s instead of 15
minutes, so that a test can wait until it expires (test_defaults.py checks the real value), and a
stopped processor finishes only what ends within 1 s instead of 25 s, so that a fast machine also
returns tasks.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from demo.api_client import ApiClient
from demo.clips import make_4k_clip
from infra.local.processes.health import wait_until
from infra.local.provisioning.bootstrap import find_credentials
from infra.local.stack import Stack
from tests.callers import call_from
from tests.e2e.film import SAMPLE
from tests.servers.processes import build_test_settings
from tests.servers.tools import require_tool

UPLOAD_URL_SECONDS = 20
DRAIN_GRACE_SECONDS = 1
PASSWORD = "Canary-Horse-7"


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    for program in ("redis-server", "caddy", "ffprobe", "rclone"):
        require_tool(program)
    settings = build_test_settings(tmp_path_factory.mktemp("stack"), processors=2)
    running = Stack(settings, say=print, is_bound=True)
    try:
        with pytest.MonkeyPatch.context() as patch:
            # For the lifetime of the stack: stories stop and start it.
            patch.setenv("UPLOAD_URL_SECONDS", str(UPLOAD_URL_SECONDS))
            patch.setenv("DRAIN_GRACE_SECONDS", str(DRAIN_GRACE_SECONDS))
            running.up()
            yield running
    finally:
        running.down()


@pytest.fixture
def sign_up(stack: Stack) -> Iterator[Callable[[], ApiClient]]:
    """Creates clients, each signed in as a new user."""
    clients: list[ApiClient] = []

    def make() -> ApiClient:
        client = ApiClient(stack.settings.origin)
        clients.append(client)
        client.register(f"{uuid4().hex}@example.com", password=PASSWORD)
        return client

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def client(sign_up: Callable[[], ApiClient]) -> ApiClient:
    return sign_up()


@pytest.fixture
def admin(stack: Stack) -> Iterator[ApiClient]:
    credentials = find_credentials(stack.settings)
    assert credentials
    # one account signs in for many tests, and the limit is five times a minute per address
    client = call_from(ApiClient(stack.settings.origin), f"127.0.5.{uuid4().int % 250 + 1}")
    client.sign_in(credentials["admin"]["email"], password=credentials["admin"]["password"])
    yield client
    client.close()


@pytest.fixture(scope="session")
def film_4k(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film whose encode takes long enough to be interrupted."""
    target = tmp_path_factory.mktemp("films") / "4k.mp4"
    make_4k_clip(SAMPLE, target=target)
    return target


@pytest.fixture
def without(stack: Stack) -> Iterator[Callable[[str], None]]:
    """Stops a process of the stack, and starts it again at the end of the test."""
    stopped: list[str] = []

    def stop(name: str) -> None:
        stopped.append(name)
        stack.supervisor.stop_processes([name], seconds=30)

    yield stop
    stack.supervisor.start_processes(stopped)
    states = stack.supervisor.list_processes
    assert wait_until(lambda: all(states()[name].state == "RUNNING" for name in stopped), seconds=30)
