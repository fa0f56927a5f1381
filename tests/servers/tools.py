"""Handles missing programs: the test is skipped on a developer's machine and fails in CI."""

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

from infra.local.settings import REPOSITORY, TOOLS


def require_tool(program: str) -> None:
    """Skip the test if a program is missing; fail it in CI, where a skip would hide a gap."""
    if not shutil.which(program, path=f"{TOOLS}:{os.environ.get('PATH', '')}"):
        give_up(f"{program} is not installed; `make setup` installs it")


def require_client() -> Path:
    """Return the folder of the web client, built, where Node and Chromium are installed too."""
    require_tool("node")
    require_tool("chromium")
    client = REPOSITORY / "client"
    if not (client / "dist" / "index.html").exists() or not (client / "node_modules").is_dir():
        give_up("the web client is not built; `make client` builds it")
    return client


def give_up(reason: str) -> NoReturn:
    if os.environ.get("CI", "").lower() in {"1", "true"}:
        pytest.fail(reason)
    pytest.skip(reason)
