"""An owner with a finished private video, another user and an anonymous client, for all attacks of
a run."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest

from demo.api_client import ApiClient
from infra.local.processes.services import build_aws_access
from infra.local.provisioning.aws import AwsAccess
from infra.local.provisioning.generated_secrets import StackSecrets, load_or_make_secrets
from infra.local.stack import Stack
from infra.local.store_files import list_store_files
from tests.attacks.kit.people import Belongings
from tests.callers import call_from
from tests.conftest import PASSWORD
from tests.e2e.film import SAMPLE, make_video, transcode

FILE: dict[str, Any] = {"filename": "film.mp4", "content_type": "video/mp4", "size_bytes": 1000}


def register(stack: Stack, *, address: str = "127.0.0.1") -> ApiClient:
    client = call_from(ApiClient(stack.settings.origin), address)
    client.register(f"{uuid4().hex}@example.com", password=PASSWORD)
    return client


@pytest.fixture(scope="session")
def owner(stack: Stack) -> Iterator[ApiClient]:
    client = register(stack, address="127.0.1.1")
    yield client
    client.close()


@pytest.fixture(scope="session")
def stranger(stack: Stack) -> Iterator[ApiClient]:
    client = register(stack, address="127.0.1.2")
    yield client
    client.close()


@pytest.fixture(scope="session")
def nobody(stack: Stack) -> Iterator[ApiClient]:
    client = call_from(ApiClient(stack.settings.origin), "127.0.1.3")
    yield client
    client.close()


@pytest.fixture
def somebody(stack: Stack) -> Iterator[Callable[[], ApiClient]]:
    """Creates users that a test may use up, each with its own address."""
    made: list[ApiClient] = []

    def make() -> ApiClient:
        address = f"127.0.2.{uuid4().int % 250 + 1}"
        made.append(register(stack, address=address))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture(scope="session")
def belongings(stack: Stack, owner: ApiClient) -> Belongings:
    """The owner's private video with one rendition, its job, an open upload and a browser
    session."""
    video = make_video(owner, SAMPLE, visibility="private")
    job = transcode(owner, video, formats=["480p"])
    sign_in_browser(owner, email=owner.user["email"])
    [session] = owner.get("auth/sessions")["items"]
    return Belongings(
        video=owner.get(f"gallery/videos/{video['id']}"),
        job=job,
        upload=owner.post("storage/uploads", FILE),
        session_id=session["id"],
        hls_url=owner.get(f"stream/{video['id']}")["hls_url"],
    )


def sign_in_browser(client: ApiClient, *, email: str) -> str:
    """Sign in as a page in a browser does and return the cookie's secret; the client keeps its own
    tokens."""
    answer = client.send(
        "POST",
        "auth/login",
        json={"email": email, "password": PASSWORD},
        headers={"X-VideoForge-Client": "web", "Origin": find_public_origin(client), "Authorization": None},
    )
    assert answer.status_code == 200, answer.text
    client.http.cookies.clear()
    return answer.cookies["videoforge_session"]


def find_public_origin(client: ApiClient) -> str:
    return client.origin.replace("127.0.0.1", "localhost")


@pytest.fixture(scope="session")
def secrets(stack: Stack) -> StackSecrets:
    return load_or_make_secrets(stack.settings.state_dir)


@pytest.fixture(scope="session")
def aws(stack: Stack, secrets: StackSecrets) -> AwsAccess:
    """The operator's access, to see the effects of an attack."""
    return build_aws_access(stack.settings, secrets=secrets)


@pytest.fixture
def list_objects(stack: Stack) -> Callable[[], dict[str, int]]:
    """Return every object of the store with its size on disk."""

    def list_all() -> dict[str, int]:
        root = stack.settings.state_dir / "store"
        return {str(path.relative_to(root)): stat.st_size for path, stat in list_store_files(root).items()}

    return list_all


@pytest.fixture
def document(nobody: ApiClient) -> dict[str, Any]:
    answer: dict[str, Any] = nobody.get("openapi.json")
    return answer
