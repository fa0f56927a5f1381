"""Readiness: what a service needs and what it can do without, asked at once and not too often."""

import threading
import time

import pytest

from videoforge.problems import Code, Problem
from videoforge_web import readiness
from videoforge_web.readiness import Readiness


def refuse() -> None:
    raise Problem(Code.store_bucket_missing)


def test_only_what_is_needed_makes_a_service_unready() -> None:
    probes = {"store": refuse, "redis": lambda: None}
    assert Readiness(probes, needed={"redis"}).check().is_ready
    result = Readiness(probes, needed={"store"}).check()
    assert not result.is_ready
    assert result.checks["store"].problem == "store_bucket_missing"
    assert (result.checks["redis"].is_ok, result.checks["redis"].problem) == (True, None)


def test_a_dependency_that_hangs_is_not_waited_for_beyond_the_budget(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(readiness, "BUDGET_SECONDS", 0.05)
    release, started = threading.Event(), time.monotonic()
    try:
        result = Readiness({"queue": release.wait, "database": lambda: None}, needed={"queue"}).check()
    finally:
        release.set()
    assert time.monotonic() - started < 5
    assert (result.is_ready, result.checks["queue"].is_ok) == (False, False)
    assert result.checks["database"].is_ok


def test_the_dependencies_are_not_asked_again_within_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    subject = Readiness({"database": lambda: asked.append("database")}, needed={"database"})
    assert subject.check() is subject.check()
    assert len(asked) == 1
    monkeypatch.setattr(readiness, "REMEMBER_SECONDS", -1)
    subject.check()
    assert len(asked) == 2
