"""Which variables reach the services."""

import pytest

from infra.local.service_settings import build_environment, split_environment


def test_a_services_setting_is_told_apart_from_what_is_inherited() -> None:
    inherited, chosen = split_environment({"PATH": "/bin", "UPLOAD_HOURS": "7", "LANG": "C"})
    assert inherited == {"PATH": "/bin", "LANG": "C"}
    assert chosen == {"UPLOAD_HOURS": "7"}


@pytest.mark.parametrize("name", ["PROCESSORS", "EDGE_PORT", "STATE_DIR", "VIDEOFORGE_PASSWORD"])
def test_what_is_the_stacks_or_the_demos_restarts_no_service(name: str) -> None:
    _, chosen = split_environment({name: "1"})
    assert not chosen


@pytest.mark.parametrize("name", ["AWS_SESSION_TOKEN", "DB_PASSWORD", "SESSION_KEYS"])
def test_what_the_stack_alone_decides_is_dropped(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "canary")
    assert name not in build_environment()
