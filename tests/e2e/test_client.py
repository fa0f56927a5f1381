"""The web client's stories, in Chromium on the same stack. Each file of client/e2e is one.

They are written for Node's own test runner; `make test-e2e` builds the client first.
"""

import os
import subprocess
from pathlib import Path

import pytest

from infra.local.provisioning.bootstrap import find_credentials
from infra.local.settings import REPOSITORY
from infra.local.stack import Stack
from tests.servers.tools import require_client

CLIENT = REPOSITORY / "client"
STORIES = sorted((CLIENT / "e2e").glob("*.test.mjs"))
STORY_SECONDS = 280

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def built_client() -> Path:
    return require_client()


@pytest.mark.parametrize("story", STORIES, ids=lambda path: path.name.removesuffix(".test.mjs"))
def test_the_web_client_tells(story: Path, built_client: Path, stack: Stack) -> None:
    credentials = find_credentials(stack.settings)
    assert credentials
    environment = os.environ | {
        "PUBLIC_URL": stack.settings.origin,
        "VIDEOFORGE_ADMIN_EMAIL": credentials["admin"]["email"],
        "VIDEOFORGE_ADMIN_PASSWORD": credentials["admin"]["password"],
        "PATH": f"{REPOSITORY / '.venv' / 'bin'}:{os.environ['PATH']}",
    }
    told = subprocess.run(
        ["node", "--test", str(story)],
        cwd=built_client,
        env=environment,
        capture_output=True,
        text=True,
        timeout=STORY_SECONDS,
        check=False,
    )
    assert told.returncode == 0, told.stdout[-6000:] + told.stderr[-2000:]


def test_there_are_stories() -> None:
    assert STORIES
