"""Registers the fixtures that all integration tests share, and keeps the logs of tests apart."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from botocore.loaders import JSONFileLoader

from videoforge.logs import clear_context

pytest_plugins = ["tests.servers.fixtures"]


@pytest.fixture(autouse=True)
def _clear_log_context() -> None:
    """What one test bound to its log lines (a user, a request) must not appear in the next
    one's."""
    clear_context()


@pytest.fixture(scope="session", autouse=True)
def _read_aws_once() -> Iterator[None]:
    """Every test app creates AWS clients in its own session, for its own keys. Each would read the
    same descriptions of AWS again, which takes 0.3 s in all."""
    read = JSONFileLoader().load_file

    @cache
    def read_once(path: str) -> Any:
        return read(path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(JSONFileLoader, "load_file", lambda loader, path: read_once(path))
        yield
