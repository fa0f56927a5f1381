"""Handles missing programs: the test is skipped on a developer's machine and fails in CI."""

import os
import shutil
from typing import NoReturn

import pytest

from infra.local.settings import TOOLS


def require_tool(program: str) -> None:
    """Skip the test if a program is missing; fail it in CI, where a skip would hide a gap."""
    if not shutil.which(program, path=f"{TOOLS}:{os.environ.get('PATH', '')}"):
        give_up(f"{program} is not installed; `make setup` installs it")


def give_up(reason: str) -> NoReturn:
    if os.environ.get("CI", "").lower() in {"1", "true"}:
        pytest.fail(reason)
    pytest.skip(reason)
