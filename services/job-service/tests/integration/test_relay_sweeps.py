"""The relay's sweeps on a real database: only the slow ones may wait for the object store."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from job_service.web.services import EXTENSION
from job_service.wiring.relay import build_relay

pytestmark = pytest.mark.integration


class StoreAsked(Exception):
    """A sweep used the object store."""


class NoStore:
    """Replaces all ports that hold the object store."""

    def __getattr__(self, name: str) -> Any:
        raise StoreAsked(name)


def test_only_the_slow_sweeps_use_the_store(start_app: Callable[..., Flask]) -> None:
    services = start_app().extensions[EXTENSION]
    nothing: Any = NoStore()
    relay = build_relay(replace(services, uploads=nothing, videos=nothing))
    for sweep in (*relay.sweeps.values(), *relay.hourly_sweeps.values()):
        sweep()
    assert list(relay.sweeps)[:2] == ["reap_leases", "reconcile_tasks"], "what holds jobs up goes first"
    assert relay.slow_sweeps
    for sweep in relay.slow_sweeps.values():
        with pytest.raises(StoreAsked):
            sweep()
