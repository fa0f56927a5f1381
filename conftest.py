"""Registers the fixtures that every package's integration tests share, and keeps tests apart in the logs."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from botocore.loaders import JSONFileLoader

from videoforge.logs import clear_context

pytest_plugins = ["tests.servers.fixtures"]


@pytest.fixture(autouse=True)
def _clear_log_context() -> None:
    """What one test bound to its log lines (a user, a request) is not on the next one's."""
    clear_context()


@pytest.fixture(scope="session", autouse=True)
def _read_aws_once() -> Iterator[None]:
    """Each app of a test makes clients of AWS in a session of its own, for its own keys. The descriptions of
    AWS that each of them would read anew, 0.3 s of work in all, are the same."""
    read = JSONFileLoader().load_file

    @cache
    def read_once(path: str) -> Any:
        return read(path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(JSONFileLoader, "load_file", lambda loader, path: read_once(path))
        yield
