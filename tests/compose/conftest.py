"""One stack of containers for all stories: built, started from nothing, and removed with its
volumes."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from demo.api_client import ApiClient
from tests.compose.containers import ComposeStack, find_compose, is_engine_there, run
from tests.conftest import film_4k
from tests.house.repository import ROOT
from tests.servers.ports import find_free_ports
from tests.servers.tools import give_up

__all__ = ["film_4k"]

PASSWORD = "Canary-Horse-7"
#: The tests' images, apart from the developer's.
VERSION = "test"
#: Debian's Prometheus reads the same file as the image that docker-compose.observability.yml names.
_PROMETHEUS = """
FROM python:3.11-slim-bookworm
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends prometheus >/dev/null
USER 10001:10001
ENTRYPOINT ["prometheus", "--config.file=/prometheus.yml", "--storage.tsdb.path=/tmp/data"]
"""
#: Options of `docker run` that mount the file.
PROMETHEUS_SETTINGS = ("-v", f"{ROOT}/infra/observability/prometheus.yml:/prometheus.yml:ro")


@pytest.fixture(scope="session")
def env_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not is_engine_there():
        give_up("NO DOCKER ENGINE ANSWERS: the container stack stays untested")
    path = tmp_path_factory.mktemp("compose") / "env"
    [port] = find_free_ports(1)
    path.write_text(
        f"VERSION={VERSION}\nEDGE_PORT={port}\nPUBLIC_URL=http://localhost:{port}\nPROCESSOR_CPUS=1\n"
        "DRAIN_GRACE_SECONDS=1\n"  # so that a fast machine also returns tasks
    )
    run([str(ROOT / "infra/local/containers/make-env.sh"), str(path)])
    return path


@pytest.fixture(scope="session")
def images(env_file: Path) -> None:
    """All images, built from what is in the folder now; unchanged layers are taken from before."""
    services = ("edge", "job-service", "gallery-service", "video-processor", "aws")
    run([*find_compose(), "--env-file", str(env_file), "build", *services], seconds=900)


@pytest.fixture(scope="session")
def prometheus_image(env_file: Path) -> str:
    """The name of an image with Prometheus and its tools."""
    name = f"videoforge/prometheus:{VERSION}"
    run(["docker", "build", "-q", "-t", name, "-"], input_text=_PROMETHEUS)
    return name


@pytest.fixture(scope="session")
def stack(env_file: Path, images: None) -> Iterator[ComposeStack]:
    origin = re.findall(r"^PUBLIC_URL=(.*)$", env_file.read_text(), re.MULTILINE)[0]
    made = ComposeStack(f"videoforge-{uuid4().hex[:8]}", env_file, origin)
    try:
        made.up(seconds=300)  # the longest that a first start may take
        yield made
    finally:
        made.compose("down", "-v", "--remove-orphans")


@pytest.fixture
def sign_up(stack: ComposeStack) -> Iterator[Callable[[], ApiClient]]:
    """Creates clients, each signed in as a new user."""
    clients: list[ApiClient] = []

    def make() -> ApiClient:
        clients.append(ApiClient(stack.origin))
        clients[-1].register(f"{uuid4().hex}@example.com", password=PASSWORD)
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def client(sign_up: Callable[[], ApiClient]) -> ApiClient:
    return sign_up()


@pytest.fixture
def admin(stack: ComposeStack) -> Iterator[ApiClient]:
    client = ApiClient(stack.origin)
    client.sign_in("admin@example.com", password=stack.secrets["ADMIN_PASSWORD"])
    yield client
    client.close()
