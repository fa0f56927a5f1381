"""Registers the fixtures that every package's integration tests share, and keeps tests apart in the logs."""

import pytest

from videoforge.logs import clear_context

pytest_plugins = ["infra.local.testing"]


@pytest.fixture(autouse=True)
def _clear_log_context() -> None:
    """What one test bound to its log lines (a user, a request) is not on the next one's."""
    clear_context()
